-- made from ingestion/contracts/telling.odcs.yaml; change it there, then run `afspraken contracts`
with tellingen as (
    {{ accepted_rows('levering_telling') }}
)

select
    {{ to_text('afzender_code') }} as afzender_code,
    {{ to_text('telling_code') }} as telling_code,
    {{ to_text('gebied_code') }} as gebied_code,
    {{ to_text('corporatie_code') }} as corporatie_code,
    {{ to_date('periode_van') }} as periode_van,
    {{ to_date('periode_tot') }} as periode_tot,
    {{ to_numeric('teller', 14, 4) }} as teller,
    {{ to_numeric('noemer', 14, 4) }} as noemer,
    {{ to_numeric('bedrag_eur', 14, 2) }} as bedrag_eur,
    {{ to_numeric('mediaan', 14, 4) }} as mediaan,
    {{ to_integer('n') }} as n,
    {{ to_numeric('marge_onder', 14, 4) }} as marge_onder,
    {{ to_numeric('marge_boven', 14, 4) }} as marge_boven,
    {{ to_text('bron') }} as bron,
    {{ to_date('stand_op') }} as stand_op,
    _landing_id,
    _row_number
from tellingen
