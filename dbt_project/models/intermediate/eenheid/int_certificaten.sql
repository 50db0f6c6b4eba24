with certificaten as (
    select
        *,
        coalesce(bag_verblijfsobject_id, bag_ligplaats_id, bag_standplaats_id) as object_id
    from {{ ref('stg_ep_online__certificaten') }}
),

-- a certificate of a home that says a class; an empty class is no registration.
-- Materialized: the keys are worked out once, not again wherever they are compared
woningcertificaten as materialized (
    select
        _landing_id,
        _row_number,
        registratiedatum,
        opnamedatum,
        geldig_tot,
        label_klasse,
        case
            when berekeningstype ilike 'NTA 8800%' then 'NTA8800'
            when berekeningstype ilike '%definitief energielabel%' then 'VEREENVOUDIGD'
            when registratiedatum < date '2015-01-01' then 'VOOR_2015'
            when berekeningstype ilike 'nader voorschrift%' then 'NADER_VOORSCHRIFT'
            when berekeningstype ilike 'ISSO%' then 'NADER_VOORSCHRIFT'
            when registratiedatum < date '2021-01-01' then 'NADER_VOORSCHRIFT'
            else 'NTA8800'
        end as stelsel,
        berekeningstype,
        coalesce(primaire_fossiele_energie_emg_forfaitair_kwh_m2, primaire_fossiele_energie_kwh_m2)
            as ep2_kwh_m2,
        warmtebehoefte_kwh_m2,
        compactheid,
        gebruiksoppervlakte_m2,
        object_id,
        detailaanduiding,
        upper(replace(postcode, ' ', '')) as postcode,
        ltrim(huisnummer, '0') as huisnummer,
        {{ usable_bag_object_id('object_id') }} as bag_object_id,
        {{ address_key('postcode', 'huisnummer', 'huisletter', 'huisnummertoevoeging') }}
            as adres_sleutel
    from certificaten
    where
        upper(gebouwklasse) like 'W%'
        and label_klasse is not null
        and registratiedatum is not null
),

-- each certificate can be found in one way only: by its BAG id, or, when it has none, by address
gesleuteld as (
    select
        *,
        case
            when bag_object_id is not null then 'bag'
            when object_id is null and detailaanduiding is null and adres_sleutel is not null
                then 'adres'
        end as koppel_soort,
        case
            when bag_object_id is not null then null
            when object_id is not null then 'plaatshouder'
            when detailaanduiding is not null then 'detailaanduiding'
            when adres_sleutel is null then 'geen adres'
        end as niet_koppelbaar_reden,
        case
            when bag_object_id is not null then bag_object_id
            when object_id is null and detailaanduiding is null then adres_sleutel
        end as koppel_sleutel
    from woningcertificaten
),

-- the next registration of the same home takes over on its own date, so on every peildatum
-- exactly one certificate of a home holds
opgevolgd as (
    select
        *,
        case
            when koppel_soort is not null
                then lead(registratiedatum) over (
                    partition by koppel_soort, koppel_sleutel
                    order by
                        registratiedatum asc,
                        opnamedatum asc nulls first,
                        _landing_id asc,
                        _row_number asc
                )
        end as opgevolgd_op
    from gesleuteld
)

select
    _landing_id,
    _row_number,
    koppel_soort,
    koppel_sleutel,
    niet_koppelbaar_reden,
    bag_object_id,
    postcode,
    huisnummer,
    registratiedatum,
    opgevolgd_op,
    opnamedatum,
    geldig_tot,
    label_klasse,
    stelsel,
    berekeningstype,
    ep2_kwh_m2,
    warmtebehoefte_kwh_m2,
    compactheid,
    gebruiksoppervlakte_m2
from opgevolgd
