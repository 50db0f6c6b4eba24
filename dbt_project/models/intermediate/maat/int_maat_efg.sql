with geteld as (
    select
        peildatum,
        gemeente_code,
        buurt_code,
        corporatie_code,
        complex_code,
        count(*) as bruto,
        count(*) filter (where efg_uitzondering_geldig) as uitgezonderd,
        count(*) filter (where not efg_uitzondering_geldig) as netto,
        count(*) filter (where is_label_verlopen) as verlopen,
        count(*) filter (where efg_uitzondering_geldig and efg_uitzondering = 'MON') as uitgezonderd_mon,
        count(*) filter (where efg_uitzondering_geldig and efg_uitzondering = 'SLO') as uitgezonderd_slo,
        count(*) filter (where efg_uitzondering_geldig and efg_uitzondering = 'VVE') as uitgezonderd_vve,
        count(*) filter (where efg_uitzondering_geldig and efg_uitzondering = 'TYD') as uitgezonderd_tyd,
        count(*) filter (where efg_uitzondering_geldig and efg_uitzondering = 'VKL') as uitgezonderd_vkl,
        count(*) filter (where efg_uitzondering_geldig and efg_uitzondering = 'OVA') as uitgezonderd_ova
    from {{ ref('int_eenheden') }}
    where is_pop_b and is_efg
    group by peildatum, gemeente_code, buurt_code, corporatie_code, complex_code
),

maten as (
    select
        onderdelen.maat_code,
        onderdelen.onderdeel,
        geteld.peildatum as periode_van,
        geteld.peildatum as periode_tot,
        geteld.gemeente_code,
        'buurt' as gebied_soort,
        geteld.buurt_code as gebied_code,
        geteld.corporatie_code,
        geteld.complex_code,
        cast(onderdelen.waarde as numeric(18, 4)) as waarde
    from geteld
    cross join
        lateral (
            values
            ('efg', 'bruto', geteld.bruto),
            ('efg', 'uitgezonderd', geteld.uitgezonderd),
            ('efg', 'netto', geteld.netto),
            ('efg', 'verlopen', geteld.verlopen),
            ('efg', 'uitgezonderd_mon', geteld.uitgezonderd_mon),
            ('efg', 'uitgezonderd_slo', geteld.uitgezonderd_slo),
            ('efg', 'uitgezonderd_vve', geteld.uitgezonderd_vve),
            ('efg', 'uitgezonderd_tyd', geteld.uitgezonderd_tyd),
            ('efg', 'uitgezonderd_vkl', geteld.uitgezonderd_vkl),
            ('efg', 'uitgezonderd_ova', geteld.uitgezonderd_ova)
        ) as onderdelen (maat_code, onderdeel, waarde)
    where onderdelen.waarde > 0
)

select * from maten
