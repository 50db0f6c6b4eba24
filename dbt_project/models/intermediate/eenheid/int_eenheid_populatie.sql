with geleverd as (
    select * from {{ ref('stg_levering__eenheden') }}
),

-- owned and not gone for good: a home emptied for renovation, or waiting for demolition,
-- transformation or sale, is still there
ingedeeld as (
    select
        corporatie_code,
        eenheid_id,
        peildatum,
        complex_code,
        bag_object_id,
        postcode,
        huisnummer,
        huisletter,
        huisnummertoevoeging,
        soort,
        detail_soort,
        status,
        uit_exploitatie_reden,
        in_exploitatie_datum,
        bouwjaar,
        netto_huur,
        efg_uitzondering,
        efg_uitzondering_vanaf,
        zonnepanelen,
        coalesce(maatschappelijk_label = 'DAE', false) as is_daeb,
        coalesce(
            soort = 'WOO' and is_zelfstandig and coalesce(detail_soort, '') not in ('KAM', 'WOW', 'WWP'),
            false
        ) as is_zelfstandige_woning,
        coalesce(status in ('VEH', 'LEE'), false) as is_in_exploitatie,
        coalesce(
            status in ('VEH', 'LEE')
            or (status = 'UIT' and uit_exploitatie_reden in ('REN', 'PLA', 'VEN', 'TRA', 'SLO')),
            false
        ) as is_in_bezit,
        _landing_id,
        _row_number
    from geleverd
)

select
    corporatie_code,
    eenheid_id,
    peildatum,
    complex_code,
    bag_object_id,
    postcode,
    huisnummer,
    huisletter,
    huisnummertoevoeging,
    soort,
    detail_soort,
    status,
    uit_exploitatie_reden,
    in_exploitatie_datum,
    bouwjaar,
    netto_huur,
    efg_uitzondering,
    efg_uitzondering_vanaf,
    zonnepanelen,
    is_daeb,
    is_in_bezit and is_zelfstandige_woning as is_woning_in_bezit,
    is_in_exploitatie and is_zelfstandige_woning as is_woning_in_exploitatie,
    is_in_bezit and soort = 'WOO' and not is_zelfstandige_woning as is_onzelfstandig,
    is_in_bezit and soort = 'INT' as is_intramuraal,
    _landing_id,
    _row_number
from ingedeeld
