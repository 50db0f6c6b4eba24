{#- Rows of one key hold one after another: no period begins before the one before it has ended. -#}
{% test no_overlap(model, key, van, tot) %}
with opvolging as (
    select
        {{ key | join(', ') }},
        {{ van }},
        {{ tot }},
        lead({{ van }}) over (partition by {{ key | join(', ') }} order by {{ van }}) as volgende
    from {{ model }}
)

select * from opvolging
where
    volgende <= coalesce({{ tot }}, volgende)
    or {{ tot }} < {{ van }}
{% endtest %}
