select
    kader,
    titel,
    niveau,
    geldig_van,
    geldig_tot,
    bron,
    is_geverifieerd
from {{ source('reference', 'kader') }}
