with geteld as (
    select
        peildatum,
        gemeente_code,
        buurt_code,
        corporatie_code,
        complex_code,
        count(*) filter (where koppel_methode = 'bag') as bag,
        count(*) filter (where koppel_methode = 'adres') as adres,
        count(*) filter (where koppel_methode = 'opvraging') as opvraging,
        count(*) filter (where koppel_methode = 'geen') as geen,
        count(*) filter (where buurt_code is not null) as gebied_gevonden,
        count(*) filter (where buurt_code is null) as gebied_niet_gevonden
    from {{ ref('int_eenheden') }}
    where is_pop_b
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
            ('koppeling', 'bag', geteld.bag),
            ('koppeling', 'adres', geteld.adres),
            ('koppeling', 'opvraging', geteld.opvraging),
            ('koppeling', 'geen', geteld.geen),
            ('koppeling', 'gebied_gevonden', geteld.gebied_gevonden),
            ('koppeling', 'gebied_niet_gevonden', geteld.gebied_niet_gevonden)
        ) as onderdelen (maat_code, onderdeel, waarde)
    where onderdelen.waarde > 0
)

select * from maten
