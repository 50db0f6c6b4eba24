{{ config(post_hook='analyze {{ this }}') }}

with

maten as (
    select * from {{ ref('int_maten') }}
),

korrels as (
    select distinct
        maat_code,
        korrel,
        bron
    from {{ source('reference', 'maat') }}
),

buurten as (
    select distinct on (gebied_code)
        gebied_code as buurt_code,
        wijk_code
    from {{ ref('int_gebieden') }}
    where gebied_soort = 'buurt'
    order by gebied_code asc, jaar desc
),

gebiedslijsten as (
    select * from {{ source('reference', 'gebiedslijst') }}
),

-- complexes are summed away first: everything after this is an order of magnitude smaller
geleverd as (
    select
        maten.maat_code,
        korrels.bron,
        korrels.korrel,
        maten.onderdeel,
        maten.periode_van,
        maten.periode_tot,
        maten.gemeente_code,
        maten.gebied_soort,
        maten.gebied_code,
        coalesce(maten.corporatie_code, '') as corporatie_code,
        sum(maten.waarde) as waarde
    from maten
    inner join korrels on maten.maat_code = korrels.maat_code
    group by
        maten.maat_code,
        korrels.bron,
        korrels.korrel,
        maten.onderdeel,
        maten.periode_van,
        maten.periode_tot,
        maten.gemeente_code,
        maten.gebied_soort,
        maten.gebied_code,
        coalesce(maten.corporatie_code, '')
),

geplaatst as (
    select
        geleverd.*,
        case geleverd.gebied_soort when 'buurt' then geleverd.gebied_code end as buurt_code,
        case geleverd.gebied_soort
            when 'wijk' then geleverd.gebied_code
            when 'buurt' then coalesce(buurten.wijk_code, 'WK' || substr(geleverd.gebied_code, 3, 6))
        end as wijk_code
    from geleverd
    left join buurten
        on
            geleverd.gebied_soort = 'buurt'
            and geleverd.gebied_code = buurten.buurt_code
    where geleverd.korrel = 'fijnste'
),

-- a home whose area is unknown counts for the municipality and nowhere below it
naar_gebied as (
    select
        geplaatst.*,
        doel.soort as naar_soort,
        doel.code as naar_code
    from geplaatst
    cross join
        lateral (
            values
            ('gemeente', geplaatst.gemeente_code),
            ('wijk', geplaatst.wijk_code),
            ('buurt', geplaatst.buurt_code)
        ) as doel (soort, code)
    where doel.code is not null
    union all
    select
        geplaatst.*,
        'aandachtsgebied' as naar_soort,
        gebiedslijsten.lijst as naar_code
    from geplaatst
    inner join gebiedslijsten
        on
            geplaatst.wijk_code = gebiedslijsten.gebied_code
            and geplaatst.periode_tot >= gebiedslijsten.geldig_van
            and (gebiedslijsten.geldig_tot is null or geplaatst.periode_tot < gebiedslijsten.geldig_tot)
),

per_corporatie as (
    select
        maat_code,
        bron,
        onderdeel,
        periode_van,
        periode_tot,
        gemeente_code,
        naar_soort as gebied_soort,
        naar_code as gebied_code,
        corporatie_code,
        bool_and(naar_soort = gebied_soort) as is_geleverd,
        sum(waarde) as waarde
    from naar_gebied
    group by
        maat_code,
        bron,
        onderdeel,
        periode_van,
        periode_tot,
        gemeente_code,
        naar_soort,
        naar_code,
        corporatie_code
),

alle_corporaties as (
    select
        maat_code,
        bron,
        onderdeel,
        periode_van,
        periode_tot,
        gemeente_code,
        gebied_soort,
        gebied_code,
        '' as corporatie_code,
        bool_and(is_geleverd and corporatie_code = '') as is_geleverd,
        sum(waarde) as waarde
    from per_corporatie
    group by maat_code, bron, onderdeel, periode_van, periode_tot, gemeente_code, gebied_soort, gebied_code
),

zoals_geleverd as (
    select
        maat_code,
        bron,
        onderdeel,
        periode_van,
        periode_tot,
        gemeente_code,
        gebied_soort,
        gebied_code,
        corporatie_code,
        true as is_geleverd,
        waarde
    from geleverd
    where korrel = 'elk niveau'
),

verenigd as (
    select * from per_corporatie
    where corporatie_code <> ''
    union all
    select * from alle_corporaties
    union all
    select * from zoals_geleverd
)

select
    maat_code,
    bron,
    onderdeel,
    periode_van,
    periode_tot,
    gemeente_code,
    gebied_soort,
    gebied_code,
    corporatie_code,
    is_geleverd,
    waarde::numeric(18, 4) as waarde
from verenigd
