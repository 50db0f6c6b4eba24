with waarnemingen as (
    {{ accepted_rows('cbs_kwb_waarneming') }}
)

select
    {{ to_integer('jaar') }} as jaar,
    {{ to_cbs_text('wijken_en_buurten') }} as gebied_code,
    {{ to_cbs_text('measure') }} as measure,
    {{ to_cbs_text('value_attribute') }} as waarde_kenmerk,
    {{ to_numeric('value', 18, 4) }} as waarde,
    {{ to_cbs_text('string_value') }} as waarde_tekst,
    {{ to_text('tabel') }} as tabel,
    _landing_id,
    _row_number
from waarnemingen
