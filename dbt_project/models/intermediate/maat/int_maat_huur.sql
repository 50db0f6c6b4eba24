with geteld as (
    select
        peildatum,
        gemeente_code,
        buurt_code,
        corporatie_code,
        complex_code,
        count(*) filter (where huurklasse = 'kwaliteitskorting') as kwaliteitskorting,
        count(*) filter (where huurklasse = 'laag_aftop') as laag_aftop,
        count(*) filter (where huurklasse = 'hoog_aftop') as hoog_aftop,
        count(*) filter (where huurklasse = 'daeb_grens') as daeb_grens,
        count(*) filter (where huurklasse = 'boven') as boven,
        count(*) filter (where huurklasse_vast = 'kwaliteitskorting') as kwaliteitskorting_vast,
        count(*) filter (where huurklasse_vast = 'laag_aftop') as laag_aftop_vast,
        count(*) filter (where huurklasse_vast = 'hoog_aftop') as hoog_aftop_vast,
        count(*) filter (where huurklasse_vast = 'daeb_grens') as daeb_grens_vast,
        count(*) filter (where huurklasse_vast = 'boven') as boven_vast
    from {{ ref('int_eenheden') }}
    where is_pop_e and is_daeb
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
            ('huurklasse', 'kwaliteitskorting', geteld.kwaliteitskorting),
            ('huurklasse', 'laag_aftop', geteld.laag_aftop),
            ('huurklasse', 'hoog_aftop', geteld.hoog_aftop),
            ('huurklasse', 'daeb_grens', geteld.daeb_grens),
            ('huurklasse', 'boven', geteld.boven),
            ('huurklasse_vast', 'kwaliteitskorting', geteld.kwaliteitskorting_vast),
            ('huurklasse_vast', 'laag_aftop', geteld.laag_aftop_vast),
            ('huurklasse_vast', 'hoog_aftop', geteld.hoog_aftop_vast),
            ('huurklasse_vast', 'daeb_grens', geteld.daeb_grens_vast),
            ('huurklasse_vast', 'boven', geteld.boven_vast)
        ) as onderdelen (maat_code, onderdeel, waarde)
    where onderdelen.waarde > 0
)

select * from maten
