{#- Every row satisfies an expression; null is not a pass. -#}
{% test expression_holds(model, expression) %}
select * from {{ model }}
where not coalesce({{ expression }}, false)
{% endtest %}
