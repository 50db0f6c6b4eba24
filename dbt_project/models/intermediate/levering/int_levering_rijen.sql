-- made from ingestion/contracts/*.odcs.yaml; change it there, then run `afspraken contracts`
with geteld as (
    select
        'afspraak' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__afspraken') }}
    group by _landing_id
    union all
    select
        'betaling' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__betalingen') }}
    group by _landing_id
    union all
    select
        'doel' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__doelen') }}
    group by _landing_id
    union all
    select
        'eenheid' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__eenheden') }}
    group by _landing_id
    union all
    select
        'gebiedslijst' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__gebiedslijsten') }}
    group by _landing_id
    union all
    select
        'huurverhoging' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__huurverhogingen') }}
    group by _landing_id
    union all
    select
        'leefbaarheid' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__leefbaarheid') }}
    group by _landing_id
    union all
    select
        'mijlpaal' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__mijlpalen') }}
    group by _landing_id
    union all
    select
        'mutatie' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__mutaties') }}
    group by _landing_id
    union all
    select
        'oordeel' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__oordelen') }}
    group by _landing_id
    union all
    select
        'participatie' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__participatie') }}
    group by _landing_id
    union all
    select
        'plancapaciteit' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__plancapaciteit') }}
    group by _landing_id
    union all
    select
        'project' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__projecten') }}
    group by _landing_id
    union all
    select
        'projecteenheid' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__projecteenheden') }}
    group by _landing_id
    union all
    select
        'telling' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__tellingen') }}
    group by _landing_id
    union all
    select
        'toewijzing' as entiteit,
        _landing_id as landing_id,
        count(*) as aantal_rijen
    from {{ ref('stg_levering__toewijzingen') }}
    group by _landing_id
)

select * from geteld
