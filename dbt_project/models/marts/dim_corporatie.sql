with

corporaties as (
    select
        partij_code as corporatie_code,
        naam as corporatie_naam,
        volgorde,
        l_nummer,
        is_fictief,
        false as is_totaal
    from {{ ref('stg_reference__partijen') }}
    where soort = 'CORPORATIE'
),

alle as (
    select
        '' as corporatie_code,
        'Alle corporaties' as corporatie_naam,
        0 as volgorde,
        null::text as l_nummer,
        coalesce((select is_voorbeeld from {{ ref('stg_reference__gemeenten') }}), false) as is_fictief,
        true as is_totaal
),

verenigd as (
    select * from alle
    union all
    select * from corporaties
)

select * from verenigd
