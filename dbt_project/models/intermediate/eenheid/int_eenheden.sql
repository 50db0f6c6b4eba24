{{ config(
    indexes=[{'columns': ['peildatum', 'corporatie_code']}],
    post_hook='analyze {{ this }}',
) }}

with geleverd as (
    select * from {{ ref('stg_levering__eenheden') }}
),

populatie as (
    select * from {{ ref('int_eenheid_populatie') }}
),

koppeling as (
    select * from {{ ref('int_eenheid_koppeling') }}
),

labels as (
    select * from {{ ref('int_eenheid_label') }}
),

verloren_claims as (
    select * from {{ ref('int_dubbele_claims') }}
    where not telt_mee
),

peildata as (
    select * from {{ ref('int_peildata') }}
),

huurklassen as (
    select * from {{ ref('int_huurklassen') }}
),

buurten as (
    select * from {{ ref('int_gebieden') }}
    where gebied_soort = 'buurt'
),

gemeente as (
    select * from {{ source('reference', 'gemeente') }}
),

eenheden as (
    select
        geleverd.corporatie_code,
        geleverd.eenheid_id,
        geleverd.peildatum,
        gemeente.gemeente_code,
        koppeling.buurt_code,
        coalesce(buurten.wijk_code, 'WK' || substr(koppeling.buurt_code, 3, 6)) as wijk_code,
        geleverd.complex_code,
        koppeling.bag_object_id,
        geleverd.postcode,
        geleverd.huisnummer,
        geleverd.huisletter,
        geleverd.huisnummertoevoeging,
        geleverd.soort,
        geleverd.detail_soort,
        geleverd.status,
        geleverd.uit_exploitatie_reden,
        geleverd.in_exploitatie_datum,
        geleverd.bouwjaar,
        populatie.is_woning_in_bezit and verloren_claims._row_number is null as is_pop_b,
        populatie.is_woning_in_exploitatie and verloren_claims._row_number is null as is_pop_e,
        populatie.is_daeb,
        populatie.is_onzelfstandig,
        populatie.is_intramuraal,
        verloren_claims._row_number is not null as is_verloren_claim,
        koppeling.koppel_methode,
        koppeling.koppel_zekerheid,
        labels.heeft_label,
        labels.label_klasse,
        labels.label_stelsel,
        labels.label_volgorde,
        labels.label_registratiedatum,
        labels.label_geldig_tot,
        labels.is_label_verlopen,
        labels.is_efg,
        labels.ep2_kwh_m2,
        geleverd.efg_uitzondering,
        coalesce(
            geleverd.efg_uitzondering in ('MON', 'SLO', 'VVE', 'TYD', 'VKL', 'OVA')
            and geleverd.efg_uitzondering_vanaf <= geleverd.peildatum,
            false
        ) as efg_uitzondering_geldig,
        geleverd.netto_huur,
        actueel.huurklasse,
        vast.huurklasse as huurklasse_vast,
        geleverd.zonnepanelen,
        peildata.is_reconstructie,
        geleverd._landing_id,
        geleverd._row_number
    from geleverd
    inner join populatie
        on
            geleverd._landing_id = populatie._landing_id
            and geleverd._row_number = populatie._row_number
    inner join koppeling
        on
            geleverd._landing_id = koppeling._landing_id
            and geleverd._row_number = koppeling._row_number
    inner join labels
        on
            geleverd._landing_id = labels._landing_id
            and geleverd._row_number = labels._row_number
    inner join peildata on geleverd.peildatum = peildata.peildatum
    cross join gemeente
    left join buurten on koppeling.buurt_code = buurten.gebied_code
    left join verloren_claims
        on
            geleverd._landing_id = verloren_claims._landing_id
            and geleverd._row_number = verloren_claims._row_number
    -- 0.01 is how a home that is new and not yet let is delivered: no rent
    left join huurklassen as actueel
        on
            actueel.meetlat = 'actueel'
            and geleverd.peildatum = actueel.peildatum
            and geleverd.netto_huur > 0.01
            and geleverd.netto_huur > actueel.boven_bedrag
            and geleverd.netto_huur <= coalesce(actueel.tot_en_met, geleverd.netto_huur)
    left join huurklassen as vast
        on
            vast.meetlat = 'vast'
            and geleverd.peildatum = vast.peildatum
            and geleverd.netto_huur > 0.01
            and geleverd.netto_huur > vast.boven_bedrag
            and geleverd.netto_huur <= coalesce(vast.tot_en_met, geleverd.netto_huur)
)

select * from eenheden
