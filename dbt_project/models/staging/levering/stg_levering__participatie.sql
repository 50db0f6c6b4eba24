-- made from ingestion/contracts/participatie.odcs.yaml; change it there, then run `afspraken contracts`
with participatie as (
    {{ accepted_rows('levering_participatie') }}
)

select
    {{ to_text('afzender_code') }} as afzender_code,
    {{ to_text('gebied_code') }} as gebied_code,
    {{ to_date('periode_van') }} as periode_van,
    {{ to_date('periode_tot') }} as periode_tot,
    {{ to_text('soort') }} as soort,
    {{ to_integer('huishoudens_uniek') }} as huishoudens_uniek,
    {{ to_integer('adviezen_afgerond') }} as adviezen_afgerond,
    {{ to_numeric('voordeel_totaal_eur', 14, 2) }} as voordeel_totaal_eur,
    {{ to_integer('bijeenkomsten') }} as bijeenkomsten,
    {{ to_integer('deelnemers') }} as deelnemers,
    _landing_id,
    _row_number
from participatie
