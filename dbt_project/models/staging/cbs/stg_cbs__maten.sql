with maten as (
    {{ accepted_rows('cbs_maat') }}
)

select
    {{ to_text('tabel') }} as tabel,
    {{ to_cbs_text('identifier') }} as measure,
    {{ to_text('onderwerp') }} as onderwerp,
    {{ to_cbs_text('title') }} as titel,
    {{ to_cbs_text('unit') }} as eenheid,
    {{ to_integer('decimals') }} as decimalen,
    {{ to_cbs_text('measure_group') }} as maatgroep,
    _landing_id,
    _row_number
from maten
