{#- Casts of text as delivered. What can't be read becomes null, never an error: the rules that
    refuse a bad value have run before, and a value that no rule is about may not stop the night. -#}

{#- Text without the spaces around it; empty is null. -#}
{% macro to_text(column) -%}
    nullif(trim({{ column }}), '')
{%- endmacro %}

{#- Text of CBS: padded with spaces, and a single dot where there is no value. -#}
{% macro to_cbs_text(column) -%}
    nullif(nullif(trim({{ column }}), ''), '.')
{%- endmacro %}

{#- Dates in three forms: 2024-01-31 (a time after it is dropped), 20240131 and 31-01-2024. -#}
{% macro to_date(column) -%}
    case
        when {{ column }} like '____-__-__%' and pg_input_is_valid(left({{ column }}, 10), 'date')
            then cast(left({{ column }}, 10) as date)
        when {{ column }} ~ '^\d{8}$' and pg_input_is_valid({{ column }}, 'date')
            then cast({{ column }} as date)
        when
            {{ column }} ~ '^\d{1,2}-\d{1,2}-\d{4}$'
            and pg_input_is_valid(
                split_part({{ column }}, '-', 3) || '-' || split_part({{ column }}, '-', 2) || '-' || split_part({{ column }}, '-', 1),
                'date'
            )
            then cast(
                split_part({{ column }}, '-', 3) || '-' || split_part({{ column }}, '-', 2) || '-' || split_part({{ column }}, '-', 1)
                as date
            )
    end
{%- endmacro %}

{#- Numbers with a decimal point or a decimal comma. -#}
{% macro to_numeric(column, precision, scale) -%}
    case
        when
            {{ column }} ~ '^[-0-9., ]+$'
            and pg_input_is_valid(replace({{ column }}, ',', '.'), 'numeric({{ precision }},{{ scale }})')
            then cast(replace({{ column }}, ',', '.') as numeric({{ precision }}, {{ scale }}))
    end
{%- endmacro %}

{#- Whole numbers. -#}
{% macro to_integer(column) -%}
    case when pg_input_is_valid({{ column }}, 'integer') then cast({{ column }} as integer) end
{%- endmacro %}

{#- The contract's J and N. -#}
{% macro to_boolean(column) -%}
    case trim({{ column }}) when 'J' then true when 'N' then false end
{%- endmacro %}
