with scores as (
    select * from {{ ref('stg_leefbaarometer__buurten') }}
),

gebieden as (
    select * from {{ ref('dim_gebied') }}
    where gebied_soort = 'buurt'
),

leefbaarometer as (
    select
        gebieden.gemeente_code,
        gebieden.wijk_code,
        gebieden.wijk_naam,
        scores.buurt_code,
        coalesce(gebieden.gebied_naam, scores.buurt_naam) as buurt_naam,
        gebieden.aandachtsgebied_code,
        scores.jaar,
        scores.jaar = max(scores.jaar) over () as is_laatste,
        scores.score,
        scores.afwijking,
        scores.fysieke_omgeving,
        scores.overlast_en_onveiligheid,
        scores.sociale_samenhang,
        scores.voorzieningen,
        scores.woningvoorraad,
        scores._landing_id as landing_id,
        scores._row_number as row_number
    from scores
    left join gebieden on scores.buurt_code = gebieden.gebied_code
)

select * from leefbaarometer
