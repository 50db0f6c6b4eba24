{#- An id of a BAG object that can identify one home: 16 digits, of a verblijfsobject (01),
    ligplaats (02) or standplaats (03), and no placeholder (zeros after municipality and kind). -#}
{% macro usable_bag_object_id(column) -%}
    case
        when {{ column }} ~ '^\d{4}0[123]\d{10}$' and right({{ column }}, 10) <> '0000000000'
            then {{ column }}
    end
{%- endmacro %}

{#- One text for an address, however it was typed: null without postcode and house number. -#}
{% macro address_key(postcode, huisnummer, huisletter, huisnummertoevoeging) -%}
    upper(replace({{ postcode }}, ' ', '')) || '|' || ltrim({{ huisnummer }}, '0') || '|'
    || upper(coalesce({{ huisletter }}, '')) || '|' || upper(coalesce({{ huisnummertoevoeging }}, ''))
{%- endmacro %}

{#- Postcode and house number as one text, without what distinguishes homes at one number. -#}
{% macro address_part(postcode, huisnummer) -%}
    upper(replace({{ postcode }}, ' ', '')) || ' ' || ltrim({{ huisnummer }}, '0')
{%- endmacro %}
