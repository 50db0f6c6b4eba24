with leveringen as (
    select distinct
        peildatum,
        corporatie_code
    from {{ ref('stg_levering__eenheden') }}
    where peildatum is not null
),

corporaties as (
    select * from {{ source('reference', 'partij') }}
    where soort = 'CORPORATIE'
),

registers as (
    select min(published_on) as eerste_register_op
    from {{ source('ops', 'landing') }}
    where
        source = 'ep_online'
        and state in ('accepted', 'accepted_with_remarks')
),

geteld as (
    select
        peildatum,
        count(*) as aantal_corporaties
    from leveringen
    group by peildatum
),

verwacht as (
    select
        geteld.peildatum,
        count(corporaties.partij_code) as verwacht_aantal_corporaties
    from geteld
    left join corporaties
        on
            geteld.peildatum >= coalesce(corporaties.actief_van, geteld.peildatum)
            and geteld.peildatum <= coalesce(corporaties.actief_tot, geteld.peildatum)
    group by geteld.peildatum
),

beoordeeld as (
    select
        geteld.peildatum,
        geteld.aantal_corporaties,
        verwacht.verwacht_aantal_corporaties,
        geteld.aantal_corporaties >= verwacht.verwacht_aantal_corporaties as is_volledig,
        coalesce(geteld.peildatum < registers.eerste_register_op, true) as is_reconstructie
    from geteld
    inner join verwacht on geteld.peildatum = verwacht.peildatum
    cross join registers
),

peildata as (
    select
        peildatum,
        cast(extract(year from peildatum) as integer) as jaar,
        cast(extract(quarter from peildatum) as integer) as kwartaal,
        to_char(peildatum, 'MM-DD') in ('06-30', '12-31') as is_halfjaar,
        to_char(peildatum, 'MM-DD') = '12-31' as is_jaareinde,
        peildatum = coalesce(
            max(peildatum) filter (where is_volledig) over (),
            max(peildatum) over ()
        ) as is_laatste,
        aantal_corporaties,
        verwacht_aantal_corporaties,
        is_volledig,
        is_reconstructie
    from beoordeeld
)

select * from peildata
