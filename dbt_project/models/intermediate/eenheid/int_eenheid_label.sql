with koppeling as (
    select * from {{ ref('int_eenheid_koppeling') }}
),

certificaten as (
    select * from {{ ref('int_certificaten') }}
),

klassen as (
    select * from {{ ref('label_klasse') }}
),

labels as (
    select
        koppeling.corporatie_code,
        koppeling.eenheid_id,
        koppeling.peildatum,
        certificaten.label_klasse,
        certificaten.stelsel as label_stelsel,
        klassen.volgorde as label_volgorde,
        certificaten.registratiedatum as label_registratiedatum,
        certificaten.opnamedatum as label_opnamedatum,
        certificaten.geldig_tot as label_geldig_tot,
        certificaten.ep2_kwh_m2,
        certificaten.label_klasse is not null as heeft_label,
        coalesce(certificaten.geldig_tot < koppeling.peildatum, false) as is_label_verlopen,
        coalesce(klassen.is_efg, false) as is_efg,
        koppeling._landing_id,
        koppeling._row_number
    from koppeling
    left join certificaten
        on
            koppeling.certificaat_landing_id = certificaten._landing_id
            and koppeling.certificaat_row_number = certificaten._row_number
    left join klassen
        on
            certificaten.stelsel = klassen.stelsel
            and certificaten.label_klasse = klassen.label_klasse
)

select * from labels
