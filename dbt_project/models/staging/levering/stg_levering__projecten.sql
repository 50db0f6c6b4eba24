-- made from ingestion/contracts/project.odcs.yaml; change it there, then run `afspraken contracts`
with projecten as (
    {{ accepted_rows('levering_project') }}
)

select
    {{ to_text('corporatie_code') }} as corporatie_code,
    {{ to_text('project_code') }} as project_code,
    {{ to_date('peildatum') }} as peildatum,
    {{ to_text('naam') }} as naam,
    {{ to_text('projectsoort') }} as projectsoort,
    {{ to_text('fase') }} as fase,
    {{ to_date('fase_sinds') }} as fase_sinds,
    {{ to_text('buurt_code') }} as buurt_code,
    {{ to_date('besluit_datum') }} as besluit_datum,
    {{ to_date('start_gepland') }} as start_gepland,
    {{ to_date('start_werkelijk') }} as start_werkelijk,
    {{ to_date('gereed_gepland') }} as gereed_gepland,
    {{ to_date('gereed_werkelijk') }} as gereed_werkelijk,
    {{ to_date('gereed_eerste') }} as gereed_eerste,
    {{ to_date('gereed_laatste') }} as gereed_laatste,
    {{ to_date('gereed_gepland_bij_ondertekening') }} as gereed_gepland_bij_ondertekening,
    {{ to_integer('aantal_sociaal') }} as aantal_sociaal,
    {{ to_integer('aantal_midden') }} as aantal_midden,
    {{ to_integer('aantal_vrij') }} as aantal_vrij,
    {{ to_integer('aantal_koop') }} as aantal_koop,
    {{ to_integer('aantal_sloop') }} as aantal_sloop,
    {{ to_integer('aantal_verbeteren') }} as aantal_verbeteren,
    {{ to_text('label_beoogd') }} as label_beoogd,
    {{ to_integer('aantal_aangesproken_huurders') }} as aantal_aangesproken_huurders,
    {{ to_integer('aantal_ingestemd') }} as aantal_ingestemd,
    {{ to_date('instemming_datum') }} as instemming_datum,
    {{ to_text('sociaal_plan') }} as sociaal_plan,
    {{ to_text('vertraging_oorzaak') }} as vertraging_oorzaak,
    _landing_id,
    _row_number
from projecten
