{{ config(post_hook='analyze {{ this }}') }}

-- The straight line through the last seven quarters (five points or more). `trendwaarde` is where the
-- line stands on the peildatum; the macro trend_marge gives how far a value may lie beside it.
with

standen as (
    select * from {{ ref('int_indicator_stand') }}
    where waarde is not null
),

beoordeelde_onderdelen as (
    select distinct
        indicator,
        onderdeel
    from {{ source('reference', 'doel') }}
),

punten as (
    select
        standen.indicator,
        standen.onderdeel,
        standen.gemeente_code,
        standen.gebied_soort,
        standen.gebied_code,
        standen.corporatie_code,
        standen.peildatum,
        standen.waarde,
        standen.peildatum - date '2020-01-01' as dag
    from standen
    inner join beoordeelde_onderdelen
        on
            standen.indicator = beoordeelde_onderdelen.indicator
            and standen.onderdeel = beoordeelde_onderdelen.onderdeel
),

lijnen as (
    select
        *,
        count(*) over laatste_kwartalen as aantal,
        avg(dag) over laatste_kwartalen as midden,
        regr_avgy(waarde, dag) over laatste_kwartalen as gemiddelde,
        regr_slope(waarde, dag) over laatste_kwartalen as helling,
        regr_sxx(waarde, dag) over laatste_kwartalen as sxx,
        regr_sxy(waarde, dag) over laatste_kwartalen as sxy,
        regr_syy(waarde, dag) over laatste_kwartalen as syy
    from punten
    window
        laatste_kwartalen as (
            partition by indicator, onderdeel, gemeente_code, gebied_soort, gebied_code, corporatie_code
            order by peildatum
            range between interval '21 months' preceding and current row
        )
),

-- the factor (of Student) makes the band hold four times out of five, for as few points as these
getrokken as (
    select
        *,
        gemiddelde + helling * (dag - midden) as trendwaarde,
        sqrt(greatest(syy - sxy * sxy / sxx, 0) / (aantal - 2))
        * case aantal - 2 when 3 then 1.638 when 4 then 1.533 when 5 then 1.476 else 1.440 end as spreiding
    from lijnen
    where aantal >= 5
)

select
    indicator,
    onderdeel,
    gemeente_code,
    gebied_soort,
    gebied_code,
    corporatie_code,
    peildatum,
    aantal::integer as punten,
    trendwaarde::numeric(18, 4) as trendwaarde,
    helling::numeric(18, 8) as helling_per_dag,
    spreiding::numeric(18, 4) as spreiding,
    (dag - midden)::numeric(18, 4) as dagen_na_midden,
    sxx::numeric(18, 4) as sxx
from getrokken
