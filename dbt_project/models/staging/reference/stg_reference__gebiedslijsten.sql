select
    lijst,
    lijst_naam,
    volgorde,
    gebied_code,
    geldig_van,
    geldig_tot
from {{ source('reference', 'gebiedslijst') }}
