-- materialized: the point is made once, not again for every ring
with objecten as materialized (
    select
        *,
        point(1000000 * lengtegraad::double precision, 1000000 * breedtegraad::double precision) as punt,
        {{ address_key('postcode', 'huisnummer', 'huisletter', 'huisnummertoevoeging') }} as adres_sleutel
    from {{ ref('stg_pdok__bag_objecten') }}
),

ringen as (
    select * from {{ ref('int_gebied_ringen') }}
),

-- a hole is a ring too: in an odd number of rings is in the buurt
treffers as (
    select
        objecten.bag_object_id,
        ringen.buurt_code
    from objecten
    inner join ringen
        on
            ringen.kader @> box(objecten.punt, objecten.punt)
            and ringen.vlak @> objecten.punt
    group by objecten.bag_object_id, ringen.buurt_code
    having count(*) % 2 = 1
),

-- a point on the border of two buurten: the lower code, always the same one
buurten as (
    select
        bag_object_id,
        min(buurt_code) as buurt_code
    from treffers
    group by bag_object_id
),

bag as (
    select
        objecten.bag_object_id,
        objecten.adres_sleutel,
        buurten.buurt_code,
        objecten.gebruiksdoel,
        'woonfunctie' = any(string_to_array(objecten.gebruiksdoel, ',')) as is_woning,
        objecten.oppervlakte_m2,
        objecten.status,
        objecten.bouwjaar,
        objecten._landing_id,
        objecten._row_number
    from objecten
    left join buurten on objecten.bag_object_id = buurten.bag_object_id
)

select * from bag
