{{ config(indexes=[{'columns': ['indicator', 'is_laatste']}, {'columns': ['peildatum']}]) }}

with

standen as (
    select * from {{ ref('int_indicator_stand') }}
),

-- only classes that may be shown at every scope; the others have no rows here
indicatoren as (
    select * from {{ ref('stg_reference__indicatoren') }}
    where privacyklasse = 'openbaar'
),

onderdelen as (
    select * from {{ ref('stg_reference__indicator_onderdelen') }}
),

gebieden as (
    select * from {{ ref('dim_gebied') }}
),

corporaties as (
    select * from {{ ref('dim_corporatie') }}
),

benoemd as (
    select
        standen.indicator,
        indicatoren.titel,
        indicatoren.thema,
        standen.onderdeel,
        onderdelen.titel as onderdeel_titel,
        onderdelen.volgorde as onderdeel_volgorde,
        standen.onderdeel = indicatoren.hoofdonderdeel as is_hoofdonderdeel,
        standen.peildatum,
        standen.is_laatste,
        standen.gebied_soort,
        standen.gebied_code,
        coalesce(gebieden.gebied_naam, standen.gebied_code) as gebied_naam,
        gebieden.wijk_naam,
        standen.corporatie_code,
        coalesce(corporaties.corporatie_naam, standen.corporatie_code) as corporatie_naam,
        standen.teller,
        standen.noemer,
        standen.waarde,
        onderdelen.eenheid,
        onderdelen.decimalen,
        standen.dekking,
        standen.reden_leeg,
        standen.is_reconstructie
    from standen
    inner join indicatoren on standen.indicator = indicatoren.code
    inner join onderdelen
        on
            standen.indicator = onderdelen.indicator
            and standen.onderdeel = onderdelen.onderdeel
    left join gebieden
        on
            standen.gebied_soort = gebieden.gebied_soort
            and standen.gebied_code = gebieden.gebied_code
    left join corporaties on standen.corporatie_code = corporaties.corporatie_code
)

select * from benoemd
