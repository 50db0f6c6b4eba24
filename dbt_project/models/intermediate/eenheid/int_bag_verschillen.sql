with populatie as (
    select * from {{ ref('int_eenheid_populatie') }}
    where is_woning_in_bezit
),

laatste as (
    select
        *,
        {{ usable_bag_object_id('bag_object_id') }} as bag_sleutel,
        {{ address_key('postcode', 'huisnummer', 'huisletter', 'huisnummertoevoeging') }} as adres_sleutel
    from populatie
    where peildatum = (select max(alle.peildatum) from populatie as alle)
),

geleverd as (
    select * from {{ ref('stg_levering__eenheden') }}
),

bag as (
    select * from {{ ref('int_bag_objecten') }}
),

naast_elkaar as (
    select
        laatste.corporatie_code,
        laatste.eenheid_id,
        laatste.peildatum,
        laatste.bag_sleutel as bag_object_id,
        laatste.adres_sleutel,
        laatste.bouwjaar,
        round(geleverd.gebruiksoppervlakte_m2)::integer as oppervlakte_m2,
        bag.bag_object_id is not null as is_in_bag,
        bag.adres_sleutel as bag_adres_sleutel,
        bag.bouwjaar as bag_bouwjaar,
        bag.oppervlakte_m2 as bag_oppervlakte_m2,
        bag.status as bag_status,
        bag.gebruiksdoel as bag_gebruiksdoel,
        bag.is_woning as bag_is_woning,
        laatste._landing_id,
        laatste._row_number
    from laatste
    inner join geleverd
        on
            laatste._landing_id = geleverd._landing_id
            and laatste._row_number = geleverd._row_number
    left join bag on laatste.bag_sleutel = bag.bag_object_id
    where exists (select from {{ ref('int_bag_objecten') }})
),

-- a surface may be measured in two ways, a year of construction may be one of delivery or permit
verschillen as (
    select
        naast_elkaar.corporatie_code,
        naast_elkaar.eenheid_id,
        naast_elkaar.peildatum,
        naast_elkaar.bag_object_id,
        verschil.soort_verschil,
        verschil.geleverd,
        verschil.in_bag,
        naast_elkaar._landing_id,
        naast_elkaar._row_number
    from naast_elkaar
    cross join
        lateral (
            values
            (
                'niet in de BAG',
                naast_elkaar.bag_object_id,
                null,
                naast_elkaar.bag_object_id is not null and not naast_elkaar.is_in_bag
            ),
            (
                'status',
                null,
                naast_elkaar.bag_status,
                naast_elkaar.bag_status not in (
                    'Verblijfsobject in gebruik',
                    'Verblijfsobject in gebruik (niet ingemeten)',
                    'Verbouwing verblijfsobject'
                )
            ),
            ('gebruiksdoel', 'woonfunctie', naast_elkaar.bag_gebruiksdoel, not naast_elkaar.bag_is_woning),
            (
                'oppervlakte',
                naast_elkaar.oppervlakte_m2 || ' m²',
                naast_elkaar.bag_oppervlakte_m2 || ' m²',
                abs(naast_elkaar.oppervlakte_m2 - naast_elkaar.bag_oppervlakte_m2)
                > greatest(5, 0.1 * naast_elkaar.bag_oppervlakte_m2)
            ),
            (
                'bouwjaar',
                naast_elkaar.bouwjaar::text,
                naast_elkaar.bag_bouwjaar::text,
                abs(naast_elkaar.bouwjaar - naast_elkaar.bag_bouwjaar) > 2
            ),
            (
                'adres',
                trim(replace(naast_elkaar.adres_sleutel, '|', ' ')),
                trim(replace(naast_elkaar.bag_adres_sleutel, '|', ' ')),
                naast_elkaar.adres_sleutel <> naast_elkaar.bag_adres_sleutel
            )
        ) as verschil (soort_verschil, geleverd, in_bag, is_anders)
    where verschil.is_anders
)

select * from verschillen
