{{ config(post_hook='analyze {{ this }}') }}

with

standen as (
    select * from {{ ref('int_indicator_waarden') }}
    union all
    select * from {{ ref('int_indicator_datakwaliteit') }}
),

klok as (
    select vandaag from {{ ref('int_klok') }}
),

indicatoren as (
    select
        code as indicator,
        verouderd_na_dagen
    from {{ source('reference', 'indicator') }}
),

-- the newest day on which everybody delivered; until there is one, the newest day
laatste as (
    select
        indicator,
        gemeente_code,
        coalesce(max(peildatum) filter (where is_volledig), max(peildatum)) as laatste_peildatum
    from standen
    where corporatie_code = '' and gebied_soort = 'gemeente'
    group by indicator, gemeente_code
),

uit_register as (
    select distinct indicator
    from {{ ref('int_indicator_onderdelen') }}
    where is_uit_register
),

gereconstrueerd as (
    select distinct peildatum
    from {{ ref('int_peildata') }}
    where is_reconstructie
),

gedateerd as (
    select
        standen.indicator,
        standen.onderdeel,
        standen.peildatum,
        standen.gemeente_code,
        standen.gebied_soort,
        standen.gebied_code,
        standen.corporatie_code,
        standen.teller,
        standen.noemer,
        standen.waarde,
        standen.dekking,
        standen.is_volledig,
        standen.reden_leeg,
        coalesce(standen.peildatum = laatste.laatste_peildatum, false) as is_laatste,
        coalesce(
            standen.peildatum = laatste.laatste_peildatum
            and klok.vandaag - standen.peildatum > indicatoren.verouderd_na_dagen,
            false
        ) as is_verouderd,
        uit_register.indicator is not null
        and gereconstrueerd.peildatum is not null as is_reconstructie
    from standen
    cross join klok
    inner join indicatoren on standen.indicator = indicatoren.indicator
    left join laatste
        on
            standen.indicator = laatste.indicator
            and standen.gemeente_code = laatste.gemeente_code
    left join uit_register on standen.indicator = uit_register.indicator
    left join gereconstrueerd on standen.peildatum = gereconstrueerd.peildatum
)

select * from gedateerd
