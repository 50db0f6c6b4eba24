-- made from ingestion/contracts/projecteenheid.odcs.yaml; change it there, then run `afspraken contracts`
with projecteenheden as (
    {{ accepted_rows('levering_projecteenheid') }}
)

select
    {{ to_text('corporatie_code') }} as corporatie_code,
    {{ to_text('project_code') }} as project_code,
    {{ to_text('eenheid_id') }} as eenheid_id,
    {{ to_text('actie') }} as actie,
    {{ to_date('gereed_gepland') }} as gereed_gepland,
    {{ to_date('gereed_werkelijk') }} as gereed_werkelijk,
    {{ to_date('start_bouw') }} as start_bouw,
    {{ to_text('isolatie') }} as isolatie,
    {{ to_text('label_voor') }} as label_voor,
    {{ to_text('label_beoogd') }} as label_beoogd,
    {{ to_text('deelname') }} as deelname,
    _landing_id,
    _row_number
from projecteenheden
