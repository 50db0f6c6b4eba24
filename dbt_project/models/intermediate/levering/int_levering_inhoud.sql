with rijen as (
    select * from {{ ref('int_levering_rijen') }}
),

bestanden as (
    select
        landing_id,
        replace(source, 'levering_', '') as entiteit,
        sender as afzender_code,
        peildatum,
        delivery_id as levering_id,
        row_count as geleverd_aantal_rijen
    from {{ source('ops', 'landing_in_use') }}
    where starts_with(source, 'levering_')
),

leveringen as (
    select
        delivery_id as levering_id,
        cast(received_at at time zone 'Europe/Amsterdam' as date) as ontvangen_op
    from {{ source('ops', 'delivery') }}
),

partijen as (
    select * from {{ ref('stg_reference__partijen') }}
),

inhoud as (
    select
        bestanden.landing_id,
        bestanden.entiteit,
        bestanden.afzender_code,
        coalesce(partijen.naam, bestanden.afzender_code) as afzender_naam,
        bestanden.peildatum,
        bestanden.levering_id,
        leveringen.ontvangen_op,
        coalesce(rijen.aantal_rijen, 0) as aantal_rijen,
        bestanden.geleverd_aantal_rijen - coalesce(rijen.aantal_rijen, 0) as afgekeurd_aantal_rijen
    from bestanden
    inner join leveringen on bestanden.levering_id = leveringen.levering_id
    left join rijen
        on
            bestanden.landing_id = rijen.landing_id
            and bestanden.entiteit = rijen.entiteit
    left join partijen on bestanden.afzender_code = partijen.partij_code
)

select * from inhoud
