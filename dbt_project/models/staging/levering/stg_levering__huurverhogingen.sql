-- made from ingestion/contracts/huurverhoging.odcs.yaml; change it there, then run `afspraken contracts`
with huurverhogingen as (
    {{ accepted_rows('levering_huurverhoging') }}
)

select
    {{ to_text('corporatie_code') }} as corporatie_code,
    {{ to_text('eenheid_id') }} as eenheid_id,
    {{ to_date('ingangsdatum') }} as ingangsdatum,
    {{ to_numeric('netto_huur_oud', 10, 2) }} as netto_huur_oud,
    {{ to_numeric('netto_huur_nieuw', 10, 2) }} as netto_huur_nieuw,
    {{ to_text('wijzigingsreden') }} as wijzigingsreden,
    {{ to_boolean('zelfde_huurder') }} as is_zelfde_huurder,
    {{ to_text('segment') }} as segment,
    {{ to_text('project_code') }} as project_code,
    {{ to_numeric('deel_isolatie', 10, 2) }} as deel_isolatie,
    {{ to_numeric('deel_installatie', 10, 2) }} as deel_installatie,
    {{ to_numeric('deel_overig', 10, 2) }} as deel_overig,
    {{ to_numeric('deel_index', 10, 2) }} as deel_index,
    {{ to_numeric('epv_nieuw', 10, 2) }} as epv_nieuw,
    {{ to_numeric('servicekosten_energie_wijziging', 10, 2) }} as servicekosten_energie_wijziging,
    _landing_id,
    _row_number
from huurverhogingen
