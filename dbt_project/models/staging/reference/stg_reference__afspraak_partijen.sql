select
    afspraak_id,
    versie,
    partij_code,
    rol
from {{ source('reference', 'afspraak_partij') }}
