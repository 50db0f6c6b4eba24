with peildata as (
    select * from {{ ref('int_peildata') }}
),

gemeente as (
    select * from {{ ref('stg_reference__gemeenten') }}
),

normen as (
    select * from {{ ref('norm') }}
),

-- the classes in order; the upper limit of the last one is open
klassen as (
    select *
    from (
        values
        (1, 'kwaliteitskorting', 'KWALITEITSKORTINGSGRENS'),
        (2, 'laag_aftop', 'AFTOPPINGSGRENS_LAAG'),
        (3, 'hoog_aftop', 'AFTOPPINGSGRENS_HOOG'),
        (4, 'daeb_grens', 'DAEB_HUURGRENS'),
        (5, 'boven', null)
    ) as klassen (volgorde, huurklasse, norm_code)
),

meetlatten as (
    select
        'actueel' as meetlat,
        peildatum,
        peildatum as norm_peildatum
    from peildata
    union all
    select
        'vast' as meetlat,
        peildata.peildatum,
        gemeente.norm_peildatum
    from peildata
    cross join gemeente
),

begrensd as (
    select
        meetlatten.meetlat,
        meetlatten.peildatum,
        meetlatten.norm_peildatum,
        klassen.volgorde,
        klassen.huurklasse,
        normen.waarde as tot_en_met
    from meetlatten
    cross join klassen
    left join normen
        on
            klassen.norm_code = normen.norm_code
            and meetlatten.norm_peildatum >= normen.geldig_van
            and meetlatten.norm_peildatum <= coalesce(normen.geldig_tot, meetlatten.norm_peildatum)
    -- a year without its limit has no classes, rather than classes with a limit missing
    where klassen.norm_code is null or normen.waarde is not null
),

huurklassen as (
    select
        meetlat,
        peildatum,
        norm_peildatum,
        volgorde,
        huurklasse,
        coalesce(
            lag(tot_en_met) over (partition by meetlat, peildatum order by volgorde), 0
        ) as boven_bedrag,
        tot_en_met,
        count(*) over (partition by meetlat, peildatum) = 5 as is_volledig
    from begrensd
)

select
    meetlat,
    peildatum,
    norm_peildatum,
    volgorde,
    huurklasse,
    boven_bedrag,
    tot_en_met
from huurklassen
where is_volledig
