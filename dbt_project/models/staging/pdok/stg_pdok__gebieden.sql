with gebieden as (
    {{ accepted_rows('pdok_gebied') }}
)

select
    {{ to_text('soort') }} as gebied_soort,
    {{ to_text('code') }} as gebied_code,
    {{ to_text('naam') }} as gebied_naam,
    {{ to_text('wijkcode') }} as wijk_code,
    {{ to_text('gemeentecode') }} as gemeente_code,
    {{ to_integer('jaar') }} as jaar,
    {{ to_text('geometrie') }} as geometrie,
    _landing_id,
    _row_number
from gebieden
