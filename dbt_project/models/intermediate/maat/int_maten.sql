{{ config(
    contract={'enforced': true},
    indexes=[{'columns': ['maat_code', 'periode_tot']}],
) }}

with alle as (
    select * from {{ ref('int_maat_bezit') }}
    union all
    select * from {{ ref('int_maat_efg') }}
    union all
    select * from {{ ref('int_maat_label') }}
    union all
    select * from {{ ref('int_maat_huur') }}
    union all
    select * from {{ ref('int_maat_zon') }}
    union all
    select * from {{ ref('int_maat_koppeling') }}
    union all
    select * from {{ ref('int_maat_cbs') }}
)

select
    maat_code,
    onderdeel,
    periode_van,
    periode_tot,
    gemeente_code,
    gebied_soort,
    gebied_code,
    corporatie_code,
    complex_code,
    waarde
from alle
