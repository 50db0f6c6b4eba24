with populatie as (
    select * from {{ ref('int_eenheid_populatie') }}
),

koppeling as (
    select * from {{ ref('int_eenheid_koppeling') }}
),

gebieden as (
    select * from {{ ref('int_eenheid_gebied') }}
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

eenheden as (
    select
        populatie.corporatie_code,
        populatie.eenheid_id,
        populatie.peildatum,
        peildata.gemeente_code,
        gebieden.buurt_code,
        coalesce(buurten.wijk_code, 'WK' || substr(gebieden.buurt_code, 3, 6)) as wijk_code,
        gebieden.gebied_methode,
        populatie.complex_code,
        koppeling.bag_object_id,
        populatie.postcode,
        populatie.huisnummer,
        populatie.huisletter,
        populatie.huisnummertoevoeging,
        populatie.soort,
        populatie.detail_soort,
        populatie.status,
        populatie.uit_exploitatie_reden,
        populatie.in_exploitatie_datum,
        populatie.bouwjaar,
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
        populatie.efg_uitzondering,
        coalesce(
            populatie.efg_uitzondering in ('MON', 'SLO', 'VVE', 'TYD', 'VKL', 'OVA')
            and populatie.efg_uitzondering_vanaf <= populatie.peildatum,
            false
        ) as efg_uitzondering_geldig,
        populatie.netto_huur,
        actueel.huurklasse,
        vast.huurklasse as huurklasse_vast,
        populatie.zonnepanelen,
        peildata.is_reconstructie,
        populatie._landing_id,
        populatie._row_number
    from populatie
    inner join koppeling
        on
            populatie._landing_id = koppeling._landing_id
            and populatie._row_number = koppeling._row_number
    inner join gebieden
        on
            populatie._landing_id = gebieden._landing_id
            and populatie._row_number = gebieden._row_number
    inner join labels
        on
            populatie._landing_id = labels._landing_id
            and populatie._row_number = labels._row_number
    inner join peildata on populatie.peildatum = peildata.peildatum
    left join buurten on gebieden.buurt_code = buurten.gebied_code
    left join verloren_claims
        on
            populatie._landing_id = verloren_claims._landing_id
            and populatie._row_number = verloren_claims._row_number
    -- 0.01 is how a home that is new and not yet let is delivered: no rent
    left join huurklassen as actueel
        on
            actueel.meetlat = 'actueel'
            and populatie.peildatum = actueel.peildatum
            and populatie.netto_huur > 0.01
            and populatie.netto_huur > actueel.boven_bedrag
            and populatie.netto_huur <= coalesce(actueel.tot_en_met, populatie.netto_huur)
    left join huurklassen as vast
        on
            vast.meetlat = 'vast'
            and populatie.peildatum = vast.peildatum
            and populatie.netto_huur > 0.01
            and populatie.netto_huur > vast.boven_bedrag
            and populatie.netto_huur <= coalesce(vast.tot_en_met, populatie.netto_huur)
)

select * from eenheden
