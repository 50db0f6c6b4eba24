with register as (
    select * from {{ ref('int_certificaatregister') }}
),

intrekkingen as (
    select * from {{ ref('int_certificaatintrekkingen') }}
),

klassen as (
    select * from {{ ref('label_klasse') }}
    where maat = 'EP2' and (boven is not null or tot_en_met is not null)
),

-- materialized: the keys are worked out once, not again wherever they are compared
certificaten as materialized (
    select
        register.*,
        intrekkingen.volgnummer as ingetrokken_door,
        case
            when register.berekeningstype ~* '^NTA[ _]8800' then 'NTA8800'
            when register.berekeningstype ilike '%definitief energielabel%' then 'VEREENVOUDIGD'
            when register.registratiedatum < date '2015-01-01' then 'VOOR_2015'
            when register.berekeningstype ilike 'nader voorschrift%' then 'NADER_VOORSCHRIFT'
            when register.berekeningstype ilike 'ISSO%' then 'NADER_VOORSCHRIFT'
            when register.registratiedatum < date '2021-01-01' then 'NADER_VOORSCHRIFT'
            else 'NTA8800'
        end as stelsel,
        coalesce(
            register.primaire_fossiele_energie_emg_forfaitair_kwh_m2,
            register.primaire_fossiele_energie_kwh_m2
        ) as ep2_kwh_m2,
        {{ usable_bag_object_id('register.object_id') }} as bag_object_id,
        {{ address_key(
            'register.postcode', 'register.huisnummer',
            'register.huisletter', 'register.huisnummertoevoeging'
        ) }} as adres_sleutel
    from register
    left join intrekkingen
        on
            register._landing_id = intrekkingen.certificaat_landing_id
            and register._row_number = intrekkingen.certificaat_row_number
),

-- a certificate identifies a home in one way only: by its BAG id, or, when it has none, by
-- address; an answer to a look-up belongs to the home that was asked for
beoordeeld as (
    select
        *,
        case
            when ingetrokken_door is not null then 'ingetrokken'
            when gebouwklasse is null or upper(gebouwklasse) not like 'W%' then 'geen woning'
            when label_klasse is null then 'geen klasse'
            when registratiedatum is null then 'geen registratiedatum'
            when bag_object_id is not null and bron <> 'opvraging' then null
            when object_id is not null and bag_object_id is null then 'plaatshouder'
            when bag_object_id is null and detailaanduiding is not null then 'detailaanduiding'
            when gevraagd in (bag_object_id, adres_sleutel) then null
            when bron = 'opvraging' then 'andere woning'
            when adres_sleutel is null then 'geen adres'
        end as niet_koppelbaar_reden
    from certificaten
),

gesleuteld as (
    select
        *,
        case
            when niet_koppelbaar_reden is not null then null
            when bron = 'opvraging' then 'opvraging'
            when bag_object_id is not null then 'bag'
            else 'adres'
        end as koppel_soort,
        case
            when niet_koppelbaar_reden is null then coalesce(gevraagd, bag_object_id, adres_sleutel)
        end as koppel_sleutel
    from beoordeeld
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

-- the limits are those of NTA 8800; classes by an older method can't be computed again
select
    opgevolgd._landing_id,
    opgevolgd._row_number,
    opgevolgd.bron,
    opgevolgd.koppel_soort,
    opgevolgd.koppel_sleutel,
    opgevolgd.niet_koppelbaar_reden,
    opgevolgd.ingetrokken_door,
    opgevolgd.bag_object_id,
    opgevolgd.adres_sleutel,
    upper(replace(opgevolgd.postcode, ' ', '')) as postcode,
    ltrim(opgevolgd.huisnummer, '0') as huisnummer,
    opgevolgd.registratiedatum,
    opgevolgd.opgevolgd_op,
    opgevolgd.opnamedatum,
    opgevolgd.geldig_tot,
    opgevolgd.label_klasse,
    opgevolgd.stelsel,
    opgevolgd.berekeningstype,
    opgevolgd.ep2_kwh_m2,
    klassen.label_klasse as klasse_herrekend,
    klassen.label_klasse <> opgevolgd.label_klasse as klasse_wijkt_af,
    opgevolgd.warmtebehoefte_kwh_m2,
    opgevolgd.compactheid,
    opgevolgd.gebruiksoppervlakte_m2
from opgevolgd
left join klassen
    on
        opgevolgd.stelsel = klassen.stelsel
        and upper(opgevolgd.gebouwklasse) like 'W%'
        and opgevolgd.ep2_kwh_m2 > coalesce(klassen.boven, opgevolgd.ep2_kwh_m2 - 1)
        and opgevolgd.ep2_kwh_m2 <= coalesce(klassen.tot_en_met, opgevolgd.ep2_kwh_m2)
        and opgevolgd.registratiedatum >= klassen.geldig_van
        and opgevolgd.registratiedatum <= coalesce(klassen.geldig_tot, opgevolgd.registratiedatum)
