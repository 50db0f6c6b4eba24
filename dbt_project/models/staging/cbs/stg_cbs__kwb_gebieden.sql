with gebieden as (
    {{ accepted_rows('cbs_kwb_gebied') }}
)

select
    {{ to_integer('jaar') }} as jaar,
    {{ to_cbs_text('identifier') }} as gebied_code,
    {{ to_cbs_text('title') }} as gebied_naam,
    {{ to_cbs_text('dimension_group_id') }} as groep_code,
    {{ to_cbs_text('detail_region_code') }} as regio_code,
    {{ to_text('tabel') }} as tabel,
    _landing_id,
    _row_number
from gebieden
