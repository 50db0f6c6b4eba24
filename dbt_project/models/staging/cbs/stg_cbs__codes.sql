with codes as (
    {{ accepted_rows('cbs_code') }}
)

select
    {{ to_text('tabel') }} as tabel,
    {{ to_integer('jaar') }} as jaar,
    {{ to_text('dimensie') }} as dimensie,
    {{ to_text('soort') }} as soort,
    {{ to_cbs_text('identifier') }} as code,
    {{ to_cbs_text('title') }} as titel,
    {{ to_cbs_text('groep') }} as groep_code,
    {{ to_cbs_text('status') }} as status,
    {{ to_cbs_text('detail_region') }} as regio_code,
    _landing_id,
    _row_number
from codes
