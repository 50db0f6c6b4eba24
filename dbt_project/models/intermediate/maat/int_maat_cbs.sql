with waarnemingen as (
    select * from {{ ref('stg_cbs__kwb_waarnemingen') }}
),

maten_van_editie as (
    select * from {{ ref('stg_cbs__kwb_maten') }}
),

cbs_maten as (
    select * from {{ ref('cbs_maat') }}
),

gemeente as (
    select * from {{ ref('stg_reference__gemeenten') }}
),

-- CBS changes units between editions: a measure counts only in the unit that was mapped
gekozen as (
    select
        cbs_maten.maat_code,
        maten_van_editie.jaar,
        maten_van_editie.measure
    from maten_van_editie
    inner join cbs_maten
        on
            maten_van_editie.measure = cbs_maten.measure
            and maten_van_editie.eenheid = cbs_maten.eenheid
),

-- a value that CBS keeps back for secrecy or reliability is no row: absent is not zero
bekend as (
    select
        gekozen.maat_code,
        make_date(waarnemingen.jaar, 1, 1) as peildatum,
        'GM' || substr(waarnemingen.gebied_code, 3, 4) as gemeente_code,
        case left(waarnemingen.gebied_code, 2)
            when 'GM' then 'gemeente' when 'WK' then 'wijk' when 'BU' then 'buurt'
        end as gebied_soort,
        waarnemingen.gebied_code,
        waarnemingen.waarde
    from waarnemingen
    inner join gekozen
        on
            waarnemingen.jaar = gekozen.jaar
            and waarnemingen.measure = gekozen.measure
    where
        waarnemingen.waarde is not null
        and coalesce(waarnemingen.waarde_kenmerk, 'None') = 'None'
),

maten as (
    select
        bekend.maat_code,
        'totaal' as onderdeel,
        bekend.peildatum as periode_van,
        bekend.peildatum as periode_tot,
        bekend.gemeente_code,
        bekend.gebied_soort,
        bekend.gebied_code,
        cast(null as text) as corporatie_code,
        cast(null as text) as complex_code,
        bekend.waarde
    from bekend
    inner join gemeente on bekend.gemeente_code = gemeente.gemeente_code
    where bekend.gebied_soort is not null
)

select * from maten
