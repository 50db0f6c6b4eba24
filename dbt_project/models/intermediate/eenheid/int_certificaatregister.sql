{{ config(materialized='view') }}
{%- set gegevens -%}
    registratiedatum,
    opnamedatum,
    geldig_tot,
    berekeningstype,
    gebouwklasse,
    postcode,
    huisnummer,
    huisletter,
    huisnummertoevoeging,
    detailaanduiding,
    coalesce(bag_verblijfsobject_id, bag_ligplaats_id, bag_standplaats_id) as object_id,
    label_klasse,
    primaire_fossiele_energie_kwh_m2,
    primaire_fossiele_energie_emg_forfaitair_kwh_m2,
    warmtebehoefte_kwh_m2,
    compactheid,
    gebruiksoppervlakte_m2,
    _landing_id,
    _row_number
{%- endset %}

with totaal as (
    select
        'totaal' as bron,
        cast(null as bigint) as volgnummer,
        cast(null as text) as gevraagd,
        {{ gegevens }}
    from {{ ref('stg_ep_online__certificaten') }}
),

toegevoegd as (
    select
        'mutatie' as bron,
        volgnummer,
        cast(null as text) as gevraagd,
        {{ gegevens }}
    from {{ ref('int_certificaatmutaties') }}
    where stuurcode = '1' and niet_verwerkt_reden is null
),

antwoorden as (
    select
        *,
        max(gevraagd_op) over (partition by sleutel) as laatst_gevraagd_op
    from {{ ref('stg_ep_online__opvragingen') }}
),

opgevraagd as (
    select
        'opvraging' as bron,
        cast(null as bigint) as volgnummer,
        sleutel as gevraagd,
        {{ gegevens }}
    from antwoorden
    where antwoordcode = 200 and gevraagd_op = laatst_gevraagd_op and registratiedatum is not null
),

register as (
    select * from totaal
    union all
    select * from toegevoegd
    union all
    select * from opgevraagd
)

select
    register.*,
    -- what a withdrawal names a home by
    coalesce(register.object_id, {{ address_part('register.postcode', 'register.huisnummer') }}) as woning
from register
