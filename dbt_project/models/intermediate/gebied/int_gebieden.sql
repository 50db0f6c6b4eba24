with pdok as (
    select * from {{ ref('stg_pdok__gebieden') }}
),

gemeente as (
    select * from {{ ref('stg_reference__gemeenten') }}
),

cbs as (
    select
        case left(code, 2)
            when 'GM' then 'gemeente' when 'WK' then 'wijk' when 'BU' then 'buurt'
        end as gebied_soort,
        code as gebied_code,
        regexp_replace(titel, '^Wijk \d+ ', '') as gebied_naam,
        case when left(code, 2) <> 'GM' then 'WK' || substr(code, 3, 6) end as wijk_code,
        'GM' || substr(code, 3, 4) as gemeente_code,
        jaar,
        cast(null as text) as geometrie
    from {{ ref('stg_cbs__codes') }}
    where soort = 'gebied' and jaar is not null and code ~ '^(GM\d{4}|WK\d{4}\w{2}|BU\d{4}\w{4})$'
),

-- PDOK knows the boundaries and the true wijk of a buurt; CBS adds areas that PDOK has no more
alle as (
    select
        1 as voorrang,
        gebied_soort,
        gebied_code,
        gebied_naam,
        case gebied_soort when 'wijk' then gebied_code else wijk_code end as wijk_code,
        gemeente_code,
        jaar,
        geometrie
    from pdok
    union all
    select
        2 as voorrang,
        *
    from cbs
),

gekozen as (
    select distinct on (alle.gebied_code) alle.*
    from alle
    inner join gemeente on alle.gemeente_code = gemeente.gemeente_code
    where alle.gebied_soort in ('gemeente', 'wijk', 'buurt')
    order by alle.gebied_code asc, alle.voorrang asc, alle.jaar desc
),

gebieden as (
    select
        gekozen.gebied_soort,
        gekozen.gebied_code,
        gekozen.gebied_naam,
        gekozen.wijk_code,
        wijken.gebied_naam as wijk_naam,
        gekozen.gemeente_code,
        gekozen.jaar,
        gekozen.geometrie
    from gekozen
    left join gekozen as wijken on gekozen.wijk_code = wijken.gebied_code
)

select * from gebieden
