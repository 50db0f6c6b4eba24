{{ config(
    indexes=[{'columns': ['peildatum', 'corporatie_code']}],
    post_hook='analyze {{ this }}',
) }}

with geleverd as (
    select * from {{ ref('stg_levering__eenheden') }}
),

koppeling as (
    select * from {{ ref('int_eenheid_koppeling') }}
),

labels as (
    select * from {{ ref('int_eenheid_label') }}
),

peildata as (
    select * from {{ ref('int_peildata') }}
),

huurklassen as (
    select * from {{ ref('int_huurklassen') }}
),

gebieden as (
    select * from {{ ref('int_gebieden') }}
    where gebied_soort = 'buurt'
),

gemeente as (
    select * from {{ source('reference', 'gemeente') }}
),

-- owned and not gone for good: a home emptied for renovation, or waiting for demolition,
-- transformation or sale, is still there
ingedeeld as (
    select
        geleverd.*,
        koppeling.bag_object_id as bruikbaar_bag_object_id,
        koppeling.koppel_methode,
        koppeling.koppel_zekerheid,
        koppeling.buurt_code,
        geleverd.status in ('VEH', 'LEE') as is_in_exploitatie,
        geleverd.status in ('VEH', 'LEE')
        or (geleverd.status = 'UIT' and geleverd.uit_exploitatie_reden in ('REN', 'PLA', 'VEN', 'TRA', 'SLO'))
            as is_in_bezit,
        geleverd.soort = 'WOO'
        and geleverd.is_zelfstandig
        and coalesce(geleverd.detail_soort, '') not in ('KAM', 'WOW', 'WWP') as is_zelfstandige_woning
    from geleverd
    inner join koppeling
        on
            geleverd._landing_id = koppeling._landing_id
            and geleverd._row_number = koppeling._row_number
),

claims as (
    select
        peildatum,
        bruikbaar_bag_object_id,
        corporatie_code,
        max(in_exploitatie_datum) as in_exploitatie_datum
    from ingedeeld
    where is_in_bezit and is_zelfstandige_woning and bruikbaar_bag_object_id is not null
    group by peildatum, bruikbaar_bag_object_id, corporatie_code
),

dubbele_claims as (
    select
        *,
        row_number() over (
            partition by peildatum, bruikbaar_bag_object_id
            order by in_exploitatie_datum desc nulls last, corporatie_code asc
        ) as rang,
        count(*) over (partition by peildatum, bruikbaar_bag_object_id) as aantal_claims
    from claims
),

verloren_claims as (
    select
        peildatum,
        bruikbaar_bag_object_id,
        corporatie_code
    from dubbele_claims
    where rang > 1
),

eenheden as (
    select
        ingedeeld.corporatie_code,
        ingedeeld.eenheid_id,
        ingedeeld.peildatum,
        gemeente.gemeente_code,
        ingedeeld.buurt_code,
        coalesce(gebieden.wijk_code, 'WK' || substr(ingedeeld.buurt_code, 3, 6)) as wijk_code,
        ingedeeld.complex_code,
        ingedeeld.bruikbaar_bag_object_id as bag_object_id,
        ingedeeld.postcode,
        ingedeeld.huisnummer,
        ingedeeld.huisletter,
        ingedeeld.huisnummertoevoeging,
        ingedeeld.soort,
        ingedeeld.detail_soort,
        ingedeeld.status,
        ingedeeld.uit_exploitatie_reden,
        ingedeeld.in_exploitatie_datum,
        ingedeeld.bouwjaar,
        coalesce(ingedeeld.is_in_bezit and ingedeeld.is_zelfstandige_woning, false)
        and verloren_claims.corporatie_code is null as is_pop_b,
        coalesce(ingedeeld.is_in_exploitatie and ingedeeld.is_zelfstandige_woning, false)
        and verloren_claims.corporatie_code is null as is_pop_e,
        coalesce(ingedeeld.maatschappelijk_label = 'DAE', false) as is_daeb,
        coalesce(
            ingedeeld.is_in_bezit and ingedeeld.soort = 'WOO' and not ingedeeld.is_zelfstandige_woning,
            false
        ) as is_onzelfstandig,
        coalesce(ingedeeld.is_in_bezit and ingedeeld.soort = 'INT', false) as is_intramuraal,
        verloren_claims.corporatie_code is not null as is_verloren_claim,
        ingedeeld.koppel_methode,
        ingedeeld.koppel_zekerheid,
        labels.label_klasse,
        labels.label_stelsel,
        labels.label_volgorde,
        labels.label_registratiedatum,
        labels.label_geldig_tot,
        labels.heeft_label,
        labels.is_label_verlopen,
        labels.is_efg,
        labels.ep2_kwh_m2,
        ingedeeld.efg_uitzondering,
        coalesce(
            ingedeeld.efg_uitzondering in ('MON', 'SLO', 'VVE', 'TYD', 'VKL', 'OVA')
            and ingedeeld.efg_uitzondering_vanaf <= ingedeeld.peildatum,
            false
        ) as efg_uitzondering_geldig,
        ingedeeld.netto_huur,
        actueel.huurklasse,
        vast.huurklasse as huurklasse_vast,
        ingedeeld.zonnepanelen,
        peildata.is_reconstructie,
        ingedeeld._landing_id,
        ingedeeld._row_number
    from ingedeeld
    inner join labels
        on
            ingedeeld._landing_id = labels._landing_id
            and ingedeeld._row_number = labels._row_number
    inner join peildata on ingedeeld.peildatum = peildata.peildatum
    cross join gemeente
    left join gebieden on ingedeeld.buurt_code = gebieden.gebied_code
    left join verloren_claims
        on
            ingedeeld.peildatum = verloren_claims.peildatum
            and ingedeeld.bruikbaar_bag_object_id = verloren_claims.bruikbaar_bag_object_id
            and ingedeeld.corporatie_code = verloren_claims.corporatie_code
    -- a rent of 0.01 means: new and not yet let
    left join huurklassen as actueel
        on
            actueel.meetlat = 'actueel'
            and ingedeeld.peildatum = actueel.peildatum
            and ingedeeld.netto_huur > 0.01
            and ingedeeld.netto_huur > actueel.boven_bedrag
            and ingedeeld.netto_huur <= coalesce(actueel.tot_en_met, ingedeeld.netto_huur)
    left join huurklassen as vast
        on
            vast.meetlat = 'vast'
            and ingedeeld.peildatum = vast.peildatum
            and ingedeeld.netto_huur > 0.01
            and ingedeeld.netto_huur > vast.boven_bedrag
            and ingedeeld.netto_huur <= coalesce(vast.tot_en_met, ingedeeld.netto_huur)
)

select * from eenheden
