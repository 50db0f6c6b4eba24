select
    entiteit,
    afzender_code,
    afzender_naam,
    peildatum,
    levering_id,
    ontvangen_op,
    aantal_rijen,
    afgekeurd_aantal_rijen,
    landing_id
from {{ ref('int_levering_inhoud') }}
