{#- A key of more than one column: no combination occurs twice, and none of the columns is null
    unless named in nullable. -#}
{% test unique_combination(model, columns, nullable=[]) %}
select
    {{ columns | join(', ') }},
    count(*) as aantal
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
{%- for column in columns if column not in nullable %}
    or {{ column }} is null
    {%- endfor %}
{% endtest %}
