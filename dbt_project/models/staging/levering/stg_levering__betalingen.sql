-- made from ingestion/contracts/betaling.odcs.yaml; change it there, then run `afspraken contracts`
with betalingen as (
    {{ accepted_rows('levering_betaling') }}
)

select
    {{ to_text('corporatie_code') }} as corporatie_code,
    {{ to_text('gebied_niveau') }} as gebied_niveau,
    {{ to_text('gebied_code') }} as gebied_code,
    {{ to_date('peildatum') }} as peildatum,
    {{ to_integer('huurovereenkomsten') }} as huurovereenkomsten,
    {{ to_integer('achterstand_1_2_mnd') }} as achterstand_1_2_mnd,
    {{ to_integer('achterstand_2_3_mnd') }} as achterstand_2_3_mnd,
    {{ to_integer('achterstand_3plus_mnd') }} as achterstand_3plus_mnd,
    {{ to_numeric('bedrag_achterstand_zittend', 14, 2) }} as bedrag_achterstand_zittend,
    {{ to_numeric('jaarhuur', 14, 2) }} as jaarhuur,
    {{ to_numeric('bedrag_achterstand_vertrokken', 14, 2) }} as bedrag_achterstand_vertrokken,
    {{ to_integer('betalingsregelingen_nieuw') }} as betalingsregelingen_nieuw,
    {{ to_integer('betalingsregelingen_actief') }} as betalingsregelingen_actief,
    {{ to_integer('huurkorting_nieuw') }} as huurkorting_nieuw,
    {{ to_integer('huurkorting_actief') }} as huurkorting_actief,
    {{ to_integer('vonnissen') }} as vonnissen,
    {{ to_integer('ontruiming_huurschuld') }} as ontruiming_huurschuld,
    {{ to_integer('ontruiming_overlast') }} as ontruiming_overlast,
    {{ to_integer('ontruiming_drugs') }} as ontruiming_drugs,
    {{ to_integer('ontruiming_onderhuur') }} as ontruiming_onderhuur,
    {{ to_integer('ontruiming_overig') }} as ontruiming_overig,
    {{ to_integer('ontruiming_voorkomen') }} as ontruiming_voorkomen,
    _landing_id,
    _row_number
from betalingen
