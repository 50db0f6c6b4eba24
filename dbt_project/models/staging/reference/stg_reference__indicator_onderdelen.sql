select
    indicator,
    onderdeel,
    titel,
    volgorde,
    eenheid,
    factor,
    decimalen,
    dekking_minimum,
    berekend_door
from {{ source('reference', 'indicator_onderdeel') }}
