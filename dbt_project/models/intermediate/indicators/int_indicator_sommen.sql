{{ config(post_hook='analyze {{ this }}') }}

with

termen as (
    select distinct
        benoemd.som,
        benoemd.zoals_geleverd,
        term.maat_code,
        term.maat_onderdeel,
        term.venster,
        term.gewicht
    from {{ ref('int_indicator_termen') }} as benoemd
    inner join {{ source('reference', 'indicator_term') }} as term
        on
            benoemd.indicator = term.indicator
            and benoemd.onderdeel = term.onderdeel
            and benoemd.rol = term.rol
),

maten as (
    select * from {{ ref('int_maten_per_gebied') }}
),

peildata as (
    select distinct
        gemeente_code,
        periode_tot as peildatum
    from maten
),

stand as (
    select
        termen.som,
        maten.periode_tot as peildatum,
        maten.gemeente_code,
        maten.gebied_soort,
        maten.gebied_code,
        maten.corporatie_code,
        maten.waarde * termen.gewicht as waarde
    from termen
    inner join maten
        on
            termen.maat_code = maten.maat_code
            and termen.maat_onderdeel = maten.onderdeel
    where
        termen.venster = 'stand'
        and (maten.is_geleverd or not termen.zoals_geleverd)
),

over_periodes as (
    select
        termen.som,
        peildata.peildatum,
        maten.gemeente_code,
        maten.gebied_soort,
        maten.gebied_code,
        maten.corporatie_code,
        maten.waarde * termen.gewicht as waarde
    from termen
    inner join maten
        on
            termen.maat_code = maten.maat_code
            and termen.maat_onderdeel = maten.onderdeel
    inner join peildata
        on
            maten.gemeente_code = peildata.gemeente_code
            and case termen.venster
                when 'jaar'
                    then
                        maten.periode_tot >= date_trunc('year', peildata.peildatum)
                        and maten.periode_tot <= peildata.peildatum
                when '12 maanden'
                    then
                        maten.periode_tot > peildata.peildatum - interval '1 year'
                        and maten.periode_tot <= peildata.peildatum
                when 'primo'
                    then maten.periode_tot = date_trunc('year', peildata.peildatum) - interval '1 day'
            end
    where
        termen.venster <> 'stand'
        and (maten.is_geleverd or not termen.zoals_geleverd)
),

verenigd as (
    select * from stand
    union all
    select * from over_periodes
)

select
    som,
    peildatum,
    gemeente_code,
    gebied_soort,
    gebied_code,
    corporatie_code,
    sum(waarde)::numeric(18, 4) as waarde
from verenigd
group by som, peildatum, gemeente_code, gebied_soort, gebied_code, corporatie_code
