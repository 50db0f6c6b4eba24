-- made from ingestion/contracts/mutatie.odcs.yaml; change it there, then run `afspraken contracts`
with mutaties as (
    {{ accepted_rows('levering_mutatie') }}
)

select
    {{ to_text('corporatie_code') }} as corporatie_code,
    {{ to_text('mutatie_id') }} as mutatie_id,
    {{ to_text('eenheid_id') }} as eenheid_id,
    {{ to_text('bag_object_id') }} as bag_object_id,
    {{ to_date('mutatiedatum') }} as mutatiedatum,
    {{ to_text('mutatiesoort') }} as mutatiesoort,
    {{ to_text('maatschappelijk_label_voor') }} as maatschappelijk_label_voor,
    {{ to_text('maatschappelijk_label_na') }} as maatschappelijk_label_na,
    {{ to_text('project_code') }} as project_code,
    {{ to_text('contract_maand') }} as contract_maand,
    {{ to_numeric('netto_huur_aanvang', 10, 2) }} as netto_huur_aanvang,
    {{ to_numeric('vraaghuur', 10, 2) }} as vraaghuur,
    {{ to_numeric('wws_punten_aanvang', 6, 2) }} as wws_punten_aanvang,
    {{ to_text('energieconcept') }} as energieconcept,
    {{ to_text('aardgasaansluiting') }} as aardgasaansluiting,
    {{ to_text('bat_score') }} as bat_score,
    {{ to_text('toegankelijkheidslabel') }} as toegankelijkheidslabel,
    {{ to_text('woonvorm') }} as woonvorm,
    {{ to_text('toelichting') }} as toelichting,
    _landing_id,
    _row_number
from mutaties
