{#- Periods of CBS: 2024JJ00 a year, 2024HJ01 half, 2024KW02 quarter, 2024MM06 month, 2022SJ00 the
    school year that starts in August. -#}

{% macro cbs_period_start(column) -%}
    case substr({{ column }}, 5, 2)
        when 'JJ' then make_date(left({{ column }}, 4)::integer, 1, 1)
        when 'HJ' then make_date(left({{ column }}, 4)::integer, 6 * right({{ column }}, 2)::integer - 5, 1)
        when 'KW' then make_date(left({{ column }}, 4)::integer, 3 * right({{ column }}, 2)::integer - 2, 1)
        when 'MM' then make_date(left({{ column }}, 4)::integer, right({{ column }}, 2)::integer, 1)
        when 'SJ' then make_date(left({{ column }}, 4)::integer, 8, 1)
    end
{%- endmacro %}

{% macro cbs_period_end(column) -%}
    ({{ cbs_period_start(column) }} + case substr({{ column }}, 5, 2)
        when 'JJ' then interval '1 year'
        when 'SJ' then interval '1 year'
        when 'HJ' then interval '6 months'
        when 'KW' then interval '3 months'
        when 'MM' then interval '1 month'
    end - interval '1 day')::date
{%- endmacro %}
