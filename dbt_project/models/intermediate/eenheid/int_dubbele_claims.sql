with woningen as (
    select * from {{ ref('int_eenheden') }}
    where bag_object_id is not null and (is_pop_b or is_verloren_claim)
),

dubbel as (
    select
        peildatum,
        bag_object_id
    from woningen
    group by peildatum, bag_object_id
    having count(*) > 1
),

claims as (
    select
        woningen.peildatum,
        woningen.bag_object_id,
        woningen.corporatie_code,
        woningen.eenheid_id,
        woningen.in_exploitatie_datum,
        woningen.is_pop_b as telt_mee,
        case
            when
                min(woningen.corporatie_code) over (partition by woningen.peildatum, woningen.bag_object_id)
                <> max(woningen.corporatie_code) over (partition by woningen.peildatum, woningen.bag_object_id)
                then 'twee corporaties'
            else 'een corporatie'
        end as soort,
        woningen._landing_id,
        woningen._row_number
    from woningen
    inner join dubbel
        on
            woningen.peildatum = dubbel.peildatum
            and woningen.bag_object_id = dubbel.bag_object_id
)

select * from claims
