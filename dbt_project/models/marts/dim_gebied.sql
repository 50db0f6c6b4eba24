with

gebieden as (
    select distinct on (gebied_code) *
    from {{ ref('int_gebieden') }}
    order by gebied_code asc, jaar desc
),

gemeente as (
    select * from {{ ref('stg_reference__gemeenten') }}
),

lijsten as (
    select distinct on (lijst)
        lijst,
        lijst_naam,
        volgorde
    from {{ ref('stg_reference__gebiedslijsten') }}
    order by lijst asc, geldig_van desc
),

wijken_in_lijst as (
    select distinct on (gebiedslijst.gebied_code)
        gebiedslijst.gebied_code as wijk_code,
        gebiedslijst.lijst,
        gebiedslijst.lijst_naam
    from {{ ref('stg_reference__gebiedslijsten') }} as gebiedslijst
    cross join {{ ref('int_klok') }} as klok
    where
        klok.vandaag >= gebiedslijst.geldig_van
        and (gebiedslijst.geldig_tot is null or klok.vandaag < gebiedslijst.geldig_tot)
    order by gebiedslijst.gebied_code asc, gebiedslijst.volgorde asc
),

-- the municipality is there even before the first boundaries have come in
verenigd as (
    select
        'gemeente' as gebied_soort,
        gemeente.gemeente_code as gebied_code,
        gemeente.naam as gebied_naam,
        null::text as wijk_code,
        null::text as wijk_naam,
        gemeente.gemeente_code,
        null::text as aandachtsgebied_code,
        null::text as aandachtsgebied_naam,
        1 as volgorde,
        grens.geometrie
    from gemeente
    left join gebieden as grens on gemeente.gemeente_code = grens.gebied_code
    union all
    select
        'aandachtsgebied' as gebied_soort,
        lijsten.lijst as gebied_code,
        lijsten.lijst_naam as gebied_naam,
        null as wijk_code,
        null as wijk_naam,
        gemeente.gemeente_code,
        lijsten.lijst as aandachtsgebied_code,
        lijsten.lijst_naam as aandachtsgebied_naam,
        1 + lijsten.volgorde as volgorde,
        null as geometrie
    from lijsten
    cross join gemeente
    union all
    select
        gebieden.gebied_soort,
        gebieden.gebied_code,
        gebieden.gebied_naam,
        gebieden.wijk_code,
        gebieden.wijk_naam,
        gebieden.gemeente_code,
        wijken_in_lijst.lijst as aandachtsgebied_code,
        wijken_in_lijst.lijst_naam as aandachtsgebied_naam,
        100 + row_number() over (order by gebieden.gebied_soort desc, gebieden.gebied_code asc) as volgorde,
        gebieden.geometrie
    from gebieden
    left join wijken_in_lijst on gebieden.wijk_code = wijken_in_lijst.wijk_code
    where gebieden.gebied_soort in ('wijk', 'buurt')
)

select
    gebied_soort,
    gebied_code,
    gebied_naam,
    wijk_code,
    wijk_naam,
    gemeente_code,
    aandachtsgebied_code,
    aandachtsgebied_naam,
    volgorde::integer as volgorde,
    geometrie
from verenigd
