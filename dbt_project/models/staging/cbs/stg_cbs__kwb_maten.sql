with maten as (
    {{ accepted_rows('cbs_kwb_maat') }}
)

select
    {{ to_integer('jaar') }} as jaar,
    {{ to_cbs_text('identifier') }} as measure,
    {{ to_cbs_text('title') }} as titel,
    {{ to_cbs_text('unit') }} as eenheid,
    {{ to_integer('decimals') }} as decimalen,
    {{ to_cbs_text('measure_group_id') }} as maatgroep,
    {{ to_text('tabel') }} as tabel,
    _landing_id,
    _row_number
from maten
