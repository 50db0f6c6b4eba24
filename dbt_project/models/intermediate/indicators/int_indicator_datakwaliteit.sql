with

onderdelen as (
    select
        onderdeel.indicator,
        onderdeel.onderdeel,
        onderdeel.factor
    from {{ source('reference', 'indicator_onderdeel') }} as onderdeel
    where
        onderdeel.indicator = 'K65'
        and onderdeel.onderdeel = 'regels'
        and onderdeel.berekend_door = 'monitor'
),

gemeente as (
    select gemeente_code from {{ source('reference', 'gemeente') }}
),

leveringen as (
    select
        landing_id,
        sender as corporatie_code,
        peildatum
    from {{ source('ops', 'landing_in_use') }}
    where sender is not null and peildatum is not null
),

-- a delivery that was judged again counts once, by its last judgement
laatste_uitslagen as (
    select distinct on (uitslag.landing_id, uitslag.suite, uitslag.rule_id)
        uitslag.landing_id,
        uitslag.evaluated,
        uitslag.failed
    from {{ source('ops', 'quality_result') }} as uitslag
    where uitslag.landing_id is not null and uitslag.evaluated > 0
    order by uitslag.landing_id, uitslag.suite, uitslag.rule_id, uitslag.recorded_at desc
),

per_corporatie as (
    select
        leveringen.peildatum,
        leveringen.corporatie_code,
        sum(laatste_uitslagen.evaluated - coalesce(laatste_uitslagen.failed, 0)) as teller,
        sum(laatste_uitslagen.evaluated) as noemer
    from leveringen
    inner join laatste_uitslagen on leveringen.landing_id = laatste_uitslagen.landing_id
    group by leveringen.peildatum, leveringen.corporatie_code
),

met_totaal as (
    select * from per_corporatie
    union all
    select
        peildatum,
        '' as corporatie_code,
        sum(teller) as teller,
        sum(noemer) as noemer
    from per_corporatie
    group by peildatum
)

select
    onderdelen.indicator,
    onderdelen.onderdeel,
    met_totaal.peildatum,
    gemeente.gemeente_code,
    'gemeente' as gebied_soort,
    gemeente.gemeente_code as gebied_code,
    met_totaal.corporatie_code,
    met_totaal.teller::numeric(18, 4) as teller,
    met_totaal.noemer::numeric(18, 4) as noemer,
    (met_totaal.teller / nullif(met_totaal.noemer, 0) * onderdelen.factor)::numeric(18, 4) as waarde,
    null::numeric(18, 4) as dekking,
    true as is_volledig,
    null::text as reden_leeg
from onderdelen
cross join gemeente
cross join met_totaal
