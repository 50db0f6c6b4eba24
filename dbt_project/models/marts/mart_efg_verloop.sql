with

standen as (
    select * from {{ ref('int_indicator_stand') }}
    where indicator = 'K23' and onderdeel = 'bruto' and gebied_soort = 'gemeente'
),

doelen as (
    select distinct on (corporatie_code) *
    from {{ ref('int_beoordeling') }}
    where
        indicator = 'K23'
        and onderdeel = 'bruto'
        and gebied_soort = 'gemeente'
        and is_laatste
    order by corporatie_code asc, is_hoofddoel desc, doel_id asc
),

trends as (
    select * from {{ ref('int_indicator_trend') }}
    where indicator = 'K23' and onderdeel = 'bruto' and gebied_soort = 'gemeente'
),

corporaties as (
    select * from {{ ref('dim_corporatie') }}
),

-- from the first measurement to the end of the term, or until the slowest line meets zero
grenzen as (
    select
        min(standen.peildatum) as eerste,
        least(
            date '2032-12-31',
            greatest(max(standen.peildatum), max(doelen.doeldatum), max(doelen.prognose_datum))
        ) as laatste
    from standen
    left join doelen
        on standen.corporatie_code = doelen.corporatie_code
),

kwartalen as (
    select (begin.kwartaal + interval '3 months' - interval '1 day')::date as datum
    from grenzen
    cross join lateral generate_series(
        date_trunc('quarter', grenzen.eerste::timestamp),
        date_trunc('quarter', grenzen.laatste::timestamp),
        interval '3 months'
    ) as begin (kwartaal)
),

laatste_standen as (
    select
        standen.corporatie_code,
        standen.peildatum,
        standen.waarde
    from standen
    where standen.is_laatste
),

getekend as (
    select
        kwartalen.datum,
        laatste_standen.corporatie_code,
        standen.waarde as realisatie,
        case
            when kwartalen.datum < doelen.startdatum then null
            when kwartalen.datum >= doelen.doeldatum then doelen.doelwaarde
            when doelen.padtype = 'DAGEN'
                then
                    doelen.startwaarde
                    + (doelen.doelwaarde - doelen.startwaarde) * (kwartalen.datum - doelen.startdatum)
                    / (doelen.doeldatum - doelen.startdatum)::numeric
        end as pad,
        kwartalen.datum - laatste_standen.peildatum as dagen_vooruit,
        laatste_standen.waarde as laatste_waarde,
        trends.trendwaarde + trends.helling_per_dag * (kwartalen.datum - trends.peildatum) as verwacht,
        {{ trend_marge('trends', '(kwartalen.datum - trends.peildatum)') }} as marge
    from kwartalen
    cross join laatste_standen
    left join standen
        on
            laatste_standen.corporatie_code = standen.corporatie_code
            and kwartalen.datum = standen.peildatum
    left join doelen on laatste_standen.corporatie_code = doelen.corporatie_code
    left join trends
        on
            laatste_standen.corporatie_code = trends.corporatie_code
            and laatste_standen.peildatum = trends.peildatum
),

verlengd as (
    select
        getekend.datum,
        getekend.corporatie_code,
        coalesce(corporaties.corporatie_naam, getekend.corporatie_code) as corporatie_naam,
        getekend.realisatie::numeric(18, 4) as realisatie,
        getekend.pad::numeric(18, 4) as pad,
        -- the projection starts where the measurements end; homes can't fall below zero
        case
            when getekend.dagen_vooruit = 0 then getekend.laatste_waarde
            when getekend.dagen_vooruit > 0 and getekend.verwacht is not null
                then greatest(getekend.verwacht, 0)
        end::numeric(18, 4) as prognose,
        case
            when getekend.dagen_vooruit = 0 then getekend.laatste_waarde
            when getekend.dagen_vooruit > 0 and getekend.verwacht is not null
                then greatest(getekend.verwacht - getekend.marge, 0)
        end::numeric(18, 4) as prognose_laag,
        case
            when getekend.dagen_vooruit = 0 then getekend.laatste_waarde
            when getekend.dagen_vooruit > 0 and getekend.verwacht is not null
                then greatest(getekend.verwacht + getekend.marge, 0)
        end::numeric(18, 4) as prognose_hoog
    from getekend
    left join corporaties on getekend.corporatie_code = corporaties.corporatie_code
)

select * from verlengd
