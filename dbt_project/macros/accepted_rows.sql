{#- The rows of a raw table that may be used: of the accepted version of each part, without the
    rows that the checks set aside. -#}
{% macro accepted_rows(table_name) %}
    select geland.*
    from {{ source('raw', table_name) }} as geland
    inner join {{ source('ops', 'landing_in_use') }} as in_gebruik
        on geland._landing_id = in_gebruik.landing_id
    where not exists (
        select 1
        from {{ source('ops', 'quarantine') }} as afgekeurd
        where
            afgekeurd.landing_id = geland._landing_id
            and afgekeurd.row_number = geland._row_number
    )
{% endmacro %}
