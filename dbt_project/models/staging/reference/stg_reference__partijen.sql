select
    partij_code,
    naam,
    soort,
    l_nummer,
    volgorde,
    is_fictief,
    actief_van,
    actief_tot,
    bron,
    is_geverifieerd
from {{ source('reference', 'partij') }}
