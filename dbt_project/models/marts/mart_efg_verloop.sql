with

standen as (
    select * from {{ ref('int_indicator_stand') }}
    where indicator = 'K23' and onderdeel = 'bruto' and gebied_soort = 'gemeente'
),

doelen as (
    select * from {{ ref('int_beoordeling') }}
    where
        indicator = 'K23'
        and onderdeel = 'bruto'
        and gebied_soort = 'gemeente'
        and is_laatste
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
    select (date_trunc('quarter', kwartaal) + interval '3 months' - interval '1 day')::date as datum
    from grenzen
    cross join
        lateral generate_series(
            grenzen.eerste::timestamp, date_trunc('quarter', grenzen.laatste::timestamp) + interval '3 months' - interval '1 day',
            interval '3 months'
        ) as kwartaal
),

laatste_standen as (
    select
        standen.corporatie_code,
        standen.peildatum,
        standen.waarde,
        trends.helling_per_dag,
        trends.hellingmarge_per_dag
    from standen
    left join trends
        on
            standen.corporatie_code = trends.corporatie_code
            and standen.peildatum = trends.peildatum
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
            else
                doelen.startwaarde
                + (doelen.doelwaarde - doelen.startwaarde) * (kwartalen.datum - doelen.startdatum)
                / (doelen.doeldatum - doelen.startdatum)::numeric
        end as pad,
        kwartalen.datum - laatste_standen.peildatum as dagen_vooruit,
        laatste_standen.waarde as laatste_waarde,
        laatste_standen.helling_per_dag,
        laatste_standen.hellingmarge_per_dag
    from kwartalen
    cross join laatste_standen
    left join standen
        on
            laatste_standen.corporatie_code = standen.corporatie_code
            and kwartalen.datum = standen.peildatum
    left join doelen on laatste_standen.corporatie_code = doelen.corporatie_code
),

verlengd as (
    select
        getekend.datum,
        getekend.corporatie_code,
        coalesce(corporaties.corporatie_naam, getekend.corporatie_code) as corporatie_naam,
        getekend.realisatie::numeric(18, 4) as realisatie,
        getekend.pad::numeric(18, 4) as pad,
        case
            when getekend.dagen_vooruit >= 0
                then greatest(getekend.laatste_waarde + getekend.helling_per_dag * getekend.dagen_vooruit, 0)
        end::numeric(18, 4) as prognose,
        case
            when getekend.dagen_vooruit >= 0
                then
                    greatest(
                        getekend.laatste_waarde
                        + (getekend.helling_per_dag - getekend.hellingmarge_per_dag) * getekend.dagen_vooruit,
                        0
                    )
        end::numeric(18, 4) as prognose_laag,
        case
            when getekend.dagen_vooruit >= 0
                then
                    greatest(
                        getekend.laatste_waarde
                        + (getekend.helling_per_dag + getekend.hellingmarge_per_dag) * getekend.dagen_vooruit,
                        0
                    )
        end::numeric(18, 4) as prognose_hoog
    from getekend
    left join corporaties on getekend.corporatie_code = corporaties.corporatie_code
)

select * from verlengd
