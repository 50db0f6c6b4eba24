with waarnemingen as (
    select * from {{ ref('stg_cbs__waarnemingen') }}
),

maten as (
    select * from {{ ref('stg_cbs__maten') }}
),

tabellen as (
    select * from {{ ref('stg_cbs__tabellen') }}
),

perioden as (
    select
        _landing_id,
        code as periode,
        status
    from {{ ref('stg_cbs__codes') }}
    where soort = 'periode'
),

eenheden as (
    select * from {{ ref('cbs_eenheid') }}
),

gemeente as (
    select * from {{ ref('stg_reference__gemeenten') }}
),

-- a landing is one table as one card reads it; two cards may read the same table.
-- a value that CBS keeps back for secrecy or reliability is no row: absent is not zero
gegeven as (
    select
        tabellen.reeks,
        tabellen.volgorde,
        maten.onderwerp,
        maten.titel as onderwerp_titel,
        waarnemingen.uitsplitsing,
        'GM' || substr(waarnemingen.gebied_code, 3, 4) as gemeente_code,
        case left(waarnemingen.gebied_code, 2)
            when 'GM' then 'gemeente' when 'WK' then 'wijk' when 'BU' then 'buurt'
        end as gebied_soort,
        waarnemingen.gebied_code,
        waarnemingen.periode,
        {{ cbs_period_start('waarnemingen.periode') }} as periode_van,
        {{ cbs_period_end('waarnemingen.periode') }} as periode_tot,
        coalesce(eenheden.eenheid, maten.eenheid) as eenheid,
        cast(waarnemingen.waarde * coalesce(eenheden.factor, 1) as numeric(18, 4)) as waarde,
        perioden.status,
        waarnemingen.tabel,
        tabellen.titel as tabel_titel,
        tabellen.bijgewerkt_op
    from waarnemingen
    inner join maten
        on
            waarnemingen._landing_id = maten._landing_id
            and waarnemingen.measure = maten.measure
    inner join tabellen on waarnemingen._landing_id = tabellen._landing_id
    left join eenheden on maten.eenheid = eenheden.eenheid_cbs
    left join perioden
        on
            waarnemingen._landing_id = perioden._landing_id
            and waarnemingen.periode = perioden.periode
    where
        waarnemingen.waarde is not null
        and coalesce(waarnemingen.waarde_kenmerk, 'None') = 'None'
),

-- where a table and the one that follows it both speak, the later one counts
gekozen as (
    select distinct on (
        gegeven.reeks, gegeven.onderwerp, gegeven.uitsplitsing, gegeven.gebied_code, gegeven.periode
    ) gegeven.*
    from gegeven
    inner join gemeente on gegeven.gemeente_code = gemeente.gemeente_code
    where gegeven.gebied_soort is not null and gegeven.periode_van is not null
    order by
        gegeven.reeks asc,
        gegeven.onderwerp asc,
        gegeven.uitsplitsing asc,
        gegeven.gebied_code asc,
        gegeven.periode asc,
        gegeven.volgorde desc
)

select * from gekozen
