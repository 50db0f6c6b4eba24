with tabellen as (
    {{ accepted_rows('cbs_tabel') }}
)

select
    {{ to_text('tabel') }} as tabel,
    {{ to_integer('jaar') }} as jaar,
    {{ to_text('reeks') }} as reeks,
    {{ to_integer('volgorde') }} as volgorde,
    {{ to_text('title') }} as titel,
    {{ to_date('modified') }} as bijgewerkt_op,
    {{ to_text('status') }} as status,
    _landing_id,
    _row_number
from tabellen
