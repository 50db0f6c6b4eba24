select
    gemeente_code,
    naam,
    map,
    is_voorbeeld,
    norm_peildatum
from {{ source('reference', 'gemeente') }}
