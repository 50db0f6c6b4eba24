{#- How far a value may lie beside the trend line, a number of days after the peildatum: wider the
    further the day lies from the middle of the points the line was drawn through. -#}
{% macro trend_marge(trend, dagen) -%}
    {{ trend }}.spreiding * sqrt(
        1 + 1.0 / {{ trend }}.punten
        + power({{ trend }}.dagen_na_midden + {{ dagen }}, 2) / {{ trend }}.sxx
    )
{%- endmacro %}
