-- made from ingestion/contracts/toewijzing.odcs.yaml; change it there, then run `afspraken contracts`
with toewijzingen as (
    {{ accepted_rows('levering_toewijzing') }}
)

select
    {{ to_text('corporatie_code') }} as corporatie_code,
    {{ to_text('toewijzing_nr') }} as toewijzing_nr,
    {{ to_text('contract_maand') }} as contract_maand,
    {{ to_text('wijk_code') }} as wijk_code,
    {{ to_text('maatschappelijk_label') }} as maatschappelijk_label,
    {{ to_numeric('netto_huur', 10, 2) }} as netto_huur,
    {{ to_numeric('netto_huur_vorig', 10, 2) }} as netto_huur_vorig,
    {{ to_text('huishoudgrootte_klasse') }} as huishoudgrootte_klasse,
    {{ to_text('passend_doelgroep') }} as passend_doelgroep,
    {{ to_text('daeb_doelgroep') }} as daeb_doelgroep,
    {{ to_text('passendheid') }} as passendheid,
    {{ to_text('niet_passend_reden') }} as niet_passend_reden,
    {{ to_text('groep') }} as groep,
    {{ to_text('woonsituatie') }} as woonsituatie,
    {{ to_boolean('nieuwbouw') }} as is_nieuwbouw,
    {{ to_boolean('tijdelijk') }} as is_tijdelijk,
    _landing_id,
    _row_number
from toewijzingen
