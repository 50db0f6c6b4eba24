select
    entiteit,
    afzender_code,
    afzender_naam,
    peildatum,
    levering_id,
    ontvangen_op,
    cast(sum(aantal_rijen) as bigint) as aantal_rijen,
    cast(sum(afgekeurd_aantal_rijen) as bigint) as afgekeurd_aantal_rijen
from {{ ref('int_levering_inhoud') }}
group by entiteit, afzender_code, afzender_naam, peildatum, levering_id, ontvangen_op
