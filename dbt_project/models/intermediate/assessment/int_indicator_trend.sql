-- The straight line through the last seven quarters (five points or more), with the error of its
-- slope: what a projection rests on.
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

lijnen as (
    select
        standen.indicator,
        standen.onderdeel,
        standen.gemeente_code,
        standen.gebied_soort,
        standen.gebied_code,
        standen.corporatie_code,
        standen.peildatum,
        count(*) over laatste_kwartalen as punten,
        regr_slope(standen.waarde, standen.peildatum - date '2020-01-01') over laatste_kwartalen as helling,
        regr_sxx(standen.waarde, standen.peildatum - date '2020-01-01') over laatste_kwartalen as sxx,
        regr_sxy(standen.waarde, standen.peildatum - date '2020-01-01') over laatste_kwartalen as sxy,
        regr_syy(standen.waarde, standen.peildatum - date '2020-01-01') over laatste_kwartalen as syy
    from standen
    inner join beoordeelde_onderdelen
        on
            standen.indicator = beoordeelde_onderdelen.indicator
            and standen.onderdeel = beoordeelde_onderdelen.onderdeel
    window
        laatste_kwartalen as (
            partition by
                standen.indicator, standen.onderdeel, standen.gemeente_code, standen.gebied_soort,
                standen.gebied_code, standen.corporatie_code
            order by standen.peildatum
            range between interval '21 months' preceding and current row
        )
),

-- the factor makes the band hold four times out of five, for as few points as these
met_marge as (
    select
        *,
        sqrt(greatest(syy - sxy * sxy / sxx, 0) / ((punten - 2) * sxx))
        * case punten - 2 when 3 then 1.638 when 4 then 1.533 when 5 then 1.476 else 1.440 end
            as hellingmarge
    from lijnen
    where punten >= 5
)

select
    indicator,
    onderdeel,
    gemeente_code,
    gebied_soort,
    gebied_code,
    corporatie_code,
    peildatum,
    punten::integer as punten,
    helling::numeric(18, 8) as helling_per_dag,
    hellingmarge::numeric(18, 8) as hellingmarge_per_dag
from met_marge
