with leveringen as (
    select distinct
        peildatum,
        sender as corporatie_code
    from {{ source('ops', 'landing_in_use') }}
    where source = 'levering_eenheid'
),

gemeente as (
    select * from {{ ref('stg_reference__gemeenten') }}
),

corporaties as (
    select * from {{ ref('stg_reference__partijen') }}
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
            and (corporaties.actief_tot is null or geteld.peildatum < corporaties.actief_tot)
    group by geteld.peildatum
),

beoordeeld as (
    select
        geteld.peildatum,
        geteld.aantal_corporaties,
        verwacht.verwacht_aantal_corporaties,
        geteld.aantal_corporaties >= verwacht.verwacht_aantal_corporaties as is_volledig,
        -- a register shows how things stood at the end of the day before it was published
        coalesce(geteld.peildatum < registers.eerste_register_op - 1, true) as is_reconstructie
    from geteld
    inner join verwacht on geteld.peildatum = verwacht.peildatum
    cross join registers
),

peildata as (
    select
        beoordeeld.peildatum,
        gemeente.gemeente_code,
        cast(extract(year from beoordeeld.peildatum) as integer) as jaar,
        cast(extract(quarter from beoordeeld.peildatum) as integer) as kwartaal,
        to_char(beoordeeld.peildatum, 'MM-DD') in ('06-30', '12-31') as is_halfjaar,
        to_char(beoordeeld.peildatum, 'MM-DD') = '12-31' as is_jaareinde,
        beoordeeld.peildatum = coalesce(
            max(beoordeeld.peildatum) filter (where beoordeeld.is_volledig) over (),
            max(beoordeeld.peildatum) over ()
        ) as is_laatste,
        beoordeeld.aantal_corporaties,
        beoordeeld.verwacht_aantal_corporaties,
        beoordeeld.is_volledig,
        beoordeeld.is_reconstructie
    from beoordeeld
    cross join gemeente
)

select * from peildata
