with populatie as (
    select * from {{ ref('int_eenheid_populatie') }}
    where is_woning_in_bezit
),

koppeling as (
    select * from {{ ref('int_eenheid_koppeling') }}
    where bag_object_id is not null
),

woningen as (
    select
        koppeling.peildatum,
        koppeling.bag_object_id,
        koppeling.corporatie_code,
        koppeling.eenheid_id,
        populatie.in_exploitatie_datum,
        koppeling._landing_id,
        koppeling._row_number
    from koppeling
    inner join populatie
        on
            koppeling._landing_id = populatie._landing_id
            and koppeling._row_number = populatie._row_number
),

dubbel as (
    select
        peildatum,
        bag_object_id,
        min(corporatie_code) <> max(corporatie_code) as is_van_twee_corporaties
    from woningen
    group by peildatum, bag_object_id
    having count(*) > 1
),

claims as (
    select
        woningen.*,
        dubbel.is_van_twee_corporaties,
        -- who took the home last owns it; when that says nothing, the same one every night
        first_value(woningen.corporatie_code) over (
            partition by woningen.peildatum, woningen.bag_object_id
            order by woningen.in_exploitatie_datum desc nulls last, woningen.corporatie_code asc
        ) as eigenaar
    from woningen
    inner join dubbel
        on
            woningen.peildatum = dubbel.peildatum
            and woningen.bag_object_id = dubbel.bag_object_id
)

select
    peildatum,
    bag_object_id,
    corporatie_code,
    eenheid_id,
    in_exploitatie_datum,
    is_van_twee_corporaties,
    eigenaar as telt_bij_corporatie_code,
    corporatie_code = eigenaar as telt_mee,
    _landing_id,
    _row_number
from claims
