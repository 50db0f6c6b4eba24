-- made from ingestion/contracts/gebiedslijst.odcs.yaml; change it there, then run `afspraken contracts`
with gebiedslijsten as (
    {{ accepted_rows('levering_gebiedslijst') }}
)

select
    {{ to_text('gebied_code') }} as gebied_code,
    {{ to_text('lijst') }} as lijst,
    {{ to_date('geldig_van') }} as geldig_van,
    {{ to_date('geldig_tot') }} as geldig_tot,
    _landing_id,
    _row_number
from gebiedslijsten
