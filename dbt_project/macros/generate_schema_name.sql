{#- A model lands in the schema its folder names. Marts are built beside the published ones:
    publishing renames marts__next to marts. -#}
{% macro generate_schema_name(custom_schema_name, node) -%}
    {%- if custom_schema_name == 'marts' -%}
        marts__next
    {%- else -%}
        {{ custom_schema_name or target.schema }}
    {%- endif -%}
{%- endmacro %}
