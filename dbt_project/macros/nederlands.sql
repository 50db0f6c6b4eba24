{#- A number as a Dutch reader writes it: 1.818 and 22,4. -#}
{% macro nl_getal(waarde, decimalen) -%}
    translate(
        to_char(
            round({{ waarde }}, {{ decimalen }}),
            case
                when {{ decimalen }} = 0 then 'FM999,999,999,990'
                else 'FM999,999,999,990.' || repeat('0', {{ decimalen }})
            end
        ),
        ',.', '.,'
    )
{%- endmacro %}

{#- A number with its unit: 22,4% and 1.818 woningen. -#}
{% macro nl_met_eenheid(waarde, decimalen, eenheid) -%}
    {{ nl_getal(waarde, decimalen) }} || case when {{ eenheid }} = '%' then '%' else ' ' || {{ eenheid }} end
{%- endmacro %}

{#- A number with only a percent sign as its unit, for narrow tables: 22,4% and 1.818. -#}
{% macro nl_kort(waarde, decimalen, eenheid) -%}
    {{ nl_getal(waarde, decimalen) }} || case when {{ eenheid }} = '%' then '%' else '' end
{%- endmacro %}

{#- A difference with its unit: a difference of percentages is in percentage points. -#}
{% macro nl_verschil(waarde, decimalen, eenheid) -%}
    {{ nl_getal('abs(' ~ waarde ~ ')', decimalen) }} || ' '
    || case when {{ eenheid }} = '%' then 'procentpunt' else {{ eenheid }} end
{%- endmacro %}

{#- A date as a Dutch reader writes it: 31-12-2028. -#}
{% macro nl_datum(datum) -%}
    to_char({{ datum }}, 'FMDD-FMMM-YYYY')
{%- endmacro %}

{#- A month: juni 2029. -#}
{% macro nl_maand(datum) -%}
    (array['januari', 'februari', 'maart', 'april', 'mei', 'juni', 'juli', 'augustus', 'september',
        'oktober', 'november', 'december'])[extract(month from {{ datum }})::integer]
    || ' ' || extract(year from {{ datum }})
{%- endmacro %}
