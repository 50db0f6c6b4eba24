with geteld as (
    select
        peildatum,
        gemeente_code,
        buurt_code,
        corporatie_code,
        complex_code,
        count(*) filter (where is_pop_b and is_daeb) as daeb,
        count(*) filter (where is_pop_b and not is_daeb) as niet_daeb,
        count(*) filter (where is_onzelfstandig) as onzelfstandig,
        count(*) filter (where is_intramuraal) as intramuraal
    from {{ ref('int_eenheden') }}
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
            ('bezit', 'daeb', geteld.daeb),
            ('bezit', 'niet_daeb', geteld.niet_daeb),
            ('bezit_onzelfstandig', 'onzelfstandig', geteld.onzelfstandig),
            ('bezit_onzelfstandig', 'intramuraal', geteld.intramuraal)
        ) as onderdelen (maat_code, onderdeel, waarde)
    where onderdelen.waarde > 0
)

select * from maten
