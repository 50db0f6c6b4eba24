with waarnemingen as (
    {{ accepted_rows('cbs_waarneming') }}
)

select
    {{ to_text('tabel') }} as tabel,
    {{ to_cbs_text('gebied') }} as gebied_code,
    {{ to_cbs_text('periode') }} as periode,
    {{ to_cbs_text('measure') }} as measure,
    {{ to_cbs_text('uitsplitsing') }} as uitsplitsing,
    {{ to_cbs_text('value_attribute') }} as waarde_kenmerk,
    {{ to_numeric('value', 18, 4) }} as waarde,
    {{ to_cbs_text('string_value') }} as waarde_tekst,
    _landing_id,
    _row_number
from waarnemingen
