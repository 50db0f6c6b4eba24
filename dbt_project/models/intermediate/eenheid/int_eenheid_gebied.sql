-- materialized: the keys are worked out once, not again for every join
with eenheden as materialized (
    select
        _landing_id,
        _row_number,
        corporatie_code,
        eenheid_id,
        peildatum,
        {{ usable_bag_object_id('bag_object_id') }} as bag_object_id,
        upper(replace(postcode, ' ', '')) as postcode,
        ltrim(huisnummer, '0') as huisnummer,
        {{ address_key('postcode', 'huisnummer', 'huisletter', 'huisnummertoevoeging') }}
            as adres_sleutel
    from {{ ref('int_eenheid_populatie') }}
),

bag as (
    select * from {{ ref('int_bag_objecten') }}
),

-- two objects of one address: the one to live in
bag_adressen as (
    select distinct on (adres_sleutel) *
    from bag
    where adres_sleutel is not null
    order by adres_sleutel asc, is_woning desc nulls last, bag_object_id asc
),

-- a postcode and house number on the border of two buurten: the lower code, always the same one
adresgebieden as (
    select
        postcode,
        huisnummer,
        min(buurt_code) as buurt_code
    from {{ ref('stg_cbs__pc6hnr') }}
    group by postcode, huisnummer
),

registeradressen as (
    select distinct on (bag_object_id)
        bag_object_id,
        postcode,
        huisnummer
    from {{ ref('int_certificaten') }}
    where koppel_soort = 'bag' and postcode is not null and huisnummer is not null
    order by bag_object_id asc, registratiedatum desc, _row_number desc
),

registergebieden as (
    select
        registeradressen.bag_object_id,
        adresgebieden.buurt_code
    from registeradressen
    inner join adresgebieden
        on
            registeradressen.postcode = adresgebieden.postcode
            and registeradressen.huisnummer = adresgebieden.huisnummer
),

gevonden as (
    select
        eenheden.corporatie_code,
        eenheden.eenheid_id,
        eenheden.peildatum,
        bag.bag_object_id as bag_gevonden_id,
        coalesce(
            bag.buurt_code, bag_adressen.buurt_code, adresgebieden.buurt_code, registergebieden.buurt_code
        ) as buurt_code,
        case
            when bag.buurt_code is not null then 'BAG-nummer'
            when bag_adressen.buurt_code is not null then 'adres in de BAG'
            when adresgebieden.buurt_code is not null then 'postcode en huisnummer'
            when registergebieden.buurt_code is not null then 'adres in het register'
            else 'geen'
        end as gebied_methode,
        eenheden._landing_id,
        eenheden._row_number
    from eenheden
    left join bag on eenheden.bag_object_id = bag.bag_object_id
    left join bag_adressen on eenheden.adres_sleutel = bag_adressen.adres_sleutel
    left join adresgebieden
        on
            eenheden.postcode = adresgebieden.postcode
            and eenheden.huisnummer = adresgebieden.huisnummer
    left join registergebieden on eenheden.bag_object_id = registergebieden.bag_object_id
)

select * from gevonden
