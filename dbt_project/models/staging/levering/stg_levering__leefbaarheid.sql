-- made from ingestion/contracts/leefbaarheid.odcs.yaml; change it there, then run `afspraken contracts`
with leefbaarheid as (
    {{ accepted_rows('levering_leefbaarheid') }}
)

select
    {{ to_text('corporatie_code') }} as corporatie_code,
    {{ to_text('gebied_code') }} as gebied_code,
    {{ to_date('periode_van') }} as periode_van,
    {{ to_date('periode_tot') }} as periode_tot,
    {{ to_text('soort') }} as soort,
    {{ to_numeric('bedrag_begroot', 14, 2) }} as bedrag_begroot,
    {{ to_numeric('bedrag_werkelijk', 14, 2) }} as bedrag_werkelijk,
    {{ to_integer('initiatieven_aantal') }} as initiatieven_aantal,
    {{ to_numeric('initiatieven_bedrag', 14, 2) }} as initiatieven_bedrag,
    _landing_id,
    _row_number
from leefbaarheid
