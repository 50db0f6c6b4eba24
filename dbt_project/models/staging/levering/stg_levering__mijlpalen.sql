-- made from ingestion/contracts/mijlpaal.odcs.yaml; change it there, then run `afspraken contracts`
with mijlpalen as (
    {{ accepted_rows('levering_mijlpaal') }}
)

select
    {{ to_text('mijlpaal_id') }} as mijlpaal_id,
    {{ to_text('afspraak_id') }} as afspraak_id,
    {{ to_text('omschrijving') }} as omschrijving,
    {{ to_text('verantwoordelijke_partij') }} as verantwoordelijke_partij,
    {{ to_date('gepland_op') }} as gepland_op,
    {{ to_date('gereed_op') }} as gereed_op,
    {{ to_text('bewijs_ref') }} as bewijs_ref,
    {{ to_text('status_toelichting') }} as status_toelichting,
    {{ to_text('gebied_code') }} as gebied_code,
    _landing_id,
    _row_number
from mijlpalen
