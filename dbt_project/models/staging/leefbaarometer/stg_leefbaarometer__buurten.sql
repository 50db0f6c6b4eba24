with scores as (
    {{ accepted_rows('leefbaarometer_buurt') }}
)

select
    {{ to_text('buurt_code') }} as buurt_code,
    {{ to_text('buurt_naam') }} as buurt_naam,
    {{ to_integer('jaar') }} as jaar,
    {{ to_numeric('score', 18, 4) }} as score,
    {{ to_numeric('afwijking', 18, 4) }} as afwijking,
    {{ to_numeric('fysieke_omgeving', 18, 4) }} as fysieke_omgeving,
    {{ to_numeric('overlast_en_onveiligheid', 18, 4) }} as overlast_en_onveiligheid,
    {{ to_numeric('sociale_samenhang', 18, 4) }} as sociale_samenhang,
    {{ to_numeric('voorzieningen', 18, 4) }} as voorzieningen,
    {{ to_numeric('woningvoorraad', 18, 4) }} as woningvoorraad,
    _landing_id,
    _row_number
from scores
