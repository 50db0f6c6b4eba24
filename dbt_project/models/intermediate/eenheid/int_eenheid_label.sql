with koppeling as (
    select * from {{ ref('int_eenheid_koppeling') }}
),

certificaten as (
    select * from {{ ref('int_certificaten') }}
),

klassen as (
    select * from {{ ref('label_klasse') }}
),

-- a certificate at the same object or address that is not about a home
niet_van_woningen as (
    select
        coalesce(bag_object_id, adres_sleutel) as sleutel,
        min(registratiedatum) as eerste_registratiedatum
    from certificaten
    where niet_koppelbaar_reden = 'geen woning'
    group by coalesce(bag_object_id, adres_sleutel)
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
        case
            when certificaten.geldig_tot < koppeling.peildatum then 'verlopen'
            when certificaten.label_klasse is not null then 'geldig'
            when
                least(op_object.eerste_registratiedatum, op_adres.eerste_registratiedatum)
                <= koppeling.peildatum
                then 'niet van een woning'
            else 'geen'
        end as label_stand,
        certificaten.klasse_herrekend,
        coalesce(certificaten.klasse_wijkt_af, false) as klasse_wijkt_af,
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
    left join niet_van_woningen as op_object on koppeling.bag_object_id = op_object.sleutel
    left join niet_van_woningen as op_adres on koppeling.adres_sleutel = op_adres.sleutel
)

select * from labels
