-- made from ingestion/contracts/oordeel.odcs.yaml; change it there, then run `afspraken contracts`
with oordelen as (
    {{ accepted_rows('levering_oordeel') }}
)

select
    {{ to_text('afspraak_id') }} as afspraak_id,
    {{ to_date('peildatum') }} as peildatum,
    {{ to_text('auteur_rol') }} as auteur_rol,
    {{ to_text('oordeel') }} as oordeel,
    {{ to_text('reden') }} as reden,
    {{ to_date('geldig_tot') }} as geldig_tot,
    _landing_id,
    _row_number
from oordelen
