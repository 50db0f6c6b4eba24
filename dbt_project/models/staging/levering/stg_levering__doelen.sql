-- made from ingestion/contracts/doel.odcs.yaml; change it there, then run `afspraken contracts`
with doelen as (
    {{ accepted_rows('levering_doel') }}
)

select
    {{ to_text('doel_id') }} as doel_id,
    {{ to_integer('versie') }} as versie,
    {{ to_text('afspraak_id') }} as afspraak_id,
    {{ to_text('indicator') }} as indicator,
    {{ to_text('variant') }} as variant,
    {{ to_text('scope_soort') }} as scope_soort,
    {{ to_text('scope_code') }} as scope_code,
    {{ to_text('richting') }} as richting,
    {{ to_numeric('waarde', 14, 4) }} as waarde,
    {{ to_text('eenheid') }} as eenheid,
    {{ to_date('datum') }} as datum,
    {{ to_numeric('baseline_waarde', 14, 4) }} as baseline_waarde,
    {{ to_date('baseline_datum') }} as baseline_datum,
    {{ to_text('padtype') }} as padtype,
    {{ to_text('stappen') }} as stappen,
    {{ to_numeric('tolerantie_pct', 6, 2) }} as tolerantie_pct,
    {{ to_numeric('tolerantie_abs', 14, 4) }} as tolerantie_abs,
    {{ to_integer('min_n') }} as min_n,
    {{ to_text('herkomst') }} as herkomst,
    {{ to_text('bron') }} as bron,
    _landing_id,
    _row_number
from doelen
