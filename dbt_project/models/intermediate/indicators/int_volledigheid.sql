with

maten as (
    select distinct
        bron,
        per_corporatie
    from {{ source('reference', 'maat') }}
),

periodes as (
    select distinct
        bron,
        gemeente_code,
        periode_tot as peildatum
    from {{ ref('int_maten_per_gebied') }}
),

corporaties as (
    select
        partij_code as corporatie_code,
        naam,
        volgorde,
        actief_van,
        actief_tot
    from {{ source('reference', 'partij') }}
    where soort = 'CORPORATIE'
),

leveringen as (
    select distinct
        source as bron,
        sender as corporatie_code,
        peildatum
    from {{ source('ops', 'landing_in_use') }}
),

verwacht as (
    select
        periodes.bron,
        periodes.gemeente_code,
        periodes.peildatum,
        corporaties.corporatie_code,
        corporaties.naam,
        corporaties.volgorde,
        leveringen.corporatie_code is not null as heeft_geleverd
    from periodes
    inner join maten on periodes.bron = maten.bron and maten.per_corporatie
    inner join corporaties
        on
            (corporaties.actief_van is null or periodes.peildatum >= corporaties.actief_van)
            and (corporaties.actief_tot is null or periodes.peildatum < corporaties.actief_tot)
    left join leveringen
        on
            periodes.bron = leveringen.bron
            and periodes.peildatum = leveringen.peildatum
            and corporaties.corporatie_code = leveringen.corporatie_code
),

per_periode as (
    select
        periodes.bron,
        periodes.gemeente_code,
        periodes.peildatum,
        coalesce(bool_and(verwacht.heeft_geleverd), true) as is_volledig,
        string_agg(verwacht.naam, ', ' order by verwacht.volgorde)
        filter (where not verwacht.heeft_geleverd) as ontbreekt
    from periodes
    left join verwacht
        on
            periodes.bron = verwacht.bron
            and periodes.gemeente_code = verwacht.gemeente_code
            and periodes.peildatum = verwacht.peildatum
    group by periodes.bron, periodes.gemeente_code, periodes.peildatum
)

select * from per_periode
