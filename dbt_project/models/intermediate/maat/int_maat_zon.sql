with geteld as (
    select
        peildatum,
        gemeente_code,
        buurt_code,
        corporatie_code,
        complex_code,
        count(*) filter (where zonnepanelen = 'EIG') as eigen,
        count(*) filter (where zonnepanelen = 'COL') as collectief,
        count(*) filter (where zonnepanelen = 'ALG') as alleen_algemeen,
        count(*) filter (where zonnepanelen = 'N') as geen,
        count(*) filter (where coalesce(zonnepanelen, 'ONB') not in ('EIG', 'COL', 'ALG', 'N')) as onbekend
    from {{ ref('int_eenheden') }}
    where is_pop_b and is_daeb
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
            ('zon', 'eigen', geteld.eigen),
            ('zon', 'collectief', geteld.collectief),
            ('zon', 'alleen_algemeen', geteld.alleen_algemeen),
            ('zon', 'geen', geteld.geen),
            ('zon', 'onbekend', geteld.onbekend)
        ) as onderdelen (maat_code, onderdeel, waarde)
    where onderdelen.waarde > 0
)

select * from maten
