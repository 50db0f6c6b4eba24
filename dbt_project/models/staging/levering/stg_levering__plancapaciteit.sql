-- made from ingestion/contracts/plancapaciteit.odcs.yaml; change it there, then run `afspraken contracts`
with plancapaciteit as (
    {{ accepted_rows('levering_plancapaciteit') }}
)

select
    {{ to_text('plan_id') }} as plan_id,
    {{ to_date('peildatum') }} as peildatum,
    {{ to_text('naam') }} as naam,
    {{ to_text('buurt_code') }} as buurt_code,
    {{ to_text('hardheid') }} as hardheid,
    {{ to_text('fase') }} as fase,
    {{ to_integer('opleverjaar') }} as opleverjaar,
    {{ to_integer('aantal_sociaal') }} as aantal_sociaal,
    {{ to_integer('aantal_midden') }} as aantal_midden,
    {{ to_integer('aantal_vrij') }} as aantal_vrij,
    {{ to_integer('aantal_koop_goedkoop') }} as aantal_koop_goedkoop,
    {{ to_integer('aantal_koop_overig') }} as aantal_koop_overig,
    {{ to_integer('aantal_sloop') }} as aantal_sloop,
    {{ to_text('ontwikkelaar_soort') }} as ontwikkelaar_soort,
    {{ to_text('corporatie_code') }} as corporatie_code,
    _landing_id,
    _row_number
from plancapaciteit
