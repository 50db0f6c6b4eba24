with objecten as (
    {{ accepted_rows('pdok_bag_object') }}
)

select
    {{ to_text('identificatie') }} as bag_object_id,
    upper(replace({{ to_text('postcode') }}, ' ', '')) as postcode,
    ltrim({{ to_text('huisnummer') }}, '0') as huisnummer,
    {{ to_text('huisletter') }} as huisletter,
    {{ to_text('toevoeging') }} as huisnummertoevoeging,
    {{ to_text('gebruiksdoel') }} as gebruiksdoel,
    {{ to_integer('oppervlakte') }} as oppervlakte_m2,
    {{ to_text('status') }} as status,
    {{ to_integer('bouwjaar') }} as bouwjaar,
    {{ to_numeric('lengtegraad', 12, 9) }} as lengtegraad,
    {{ to_numeric('breedtegraad', 12, 9) }} as breedtegraad,
    _landing_id,
    _row_number
from objecten
