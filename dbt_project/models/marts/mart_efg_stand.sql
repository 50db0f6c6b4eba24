{%- set dagen_per_maand = 30.4375 -%}
with

-- the day on which the term began, and the end of it: those of the municipality's own target
termijn as (
    select
        startdatum,
        doeldatum
    from {{ ref('int_beoordeling') }}
    where
        indicator = 'K23'
        and onderdeel = 'bruto'
        and gebied_soort = 'gemeente'
        and corporatie_code = ''
        and is_laatste
    order by is_hoofddoel desc, doel_id asc
    limit 1
),

standen as (
    select * from {{ ref('int_indicator_stand') }}
    where
        (indicator = 'K23' and onderdeel in ('bruto', 'uitgezonderd', 'netto', 'verlopen', 'nooit'))
        or (indicator = 'K01' and onderdeel = 'totaal')
),

-- `waarde`, not the count: a total in which a corporation is missing stays empty
nu as (
    select
        gebied_soort,
        gebied_code,
        corporatie_code,
        max(peildatum) as peildatum,
        max(waarde) filter (where indicator = 'K01') as woningen,
        max(waarde) filter (where onderdeel = 'bruto') as bruto,
        max(waarde) filter (where onderdeel = 'uitgezonderd') as uitgezonderd,
        max(waarde) filter (where onderdeel = 'netto') as netto,
        max(waarde) filter (where onderdeel = 'verlopen') as verlopen,
        max(waarde) filter (where onderdeel = 'nooit') as nooit
    from standen
    where is_laatste
    group by gebied_soort, gebied_code, corporatie_code
),

beginstand as (
    select
        standen.gebied_soort,
        standen.gebied_code,
        standen.corporatie_code,
        standen.waarde as bruto_start
    from standen
    inner join termijn on standen.peildatum = termijn.startdatum
    where standen.onderdeel = 'bruto'
),

beoordelingen as (
    select distinct on (gebied_soort, gebied_code, corporatie_code) *
    from {{ ref('int_beoordeling') }}
    where indicator = 'K23' and onderdeel = 'bruto' and is_laatste
    order by gebied_soort asc, gebied_code asc, corporatie_code asc, is_hoofddoel desc, doel_id asc
),

trends as (
    select * from {{ ref('int_indicator_trend') }}
    where indicator = 'K23' and onderdeel = 'bruto'
),

statussen as (
    select * from {{ ref('status') }}
),

gebieden as (
    select * from {{ ref('dim_gebied') }}
),

corporaties as (
    select * from {{ ref('dim_corporatie') }}
),

vergeleken as (
    select
        nu.*,
        coalesce(beginstand.bruto_start, beoordelingen.startwaarde) as bruto_start,
        termijn.startdatum,
        termijn.doeldatum,
        beoordelingen.padwaarde,
        beoordelingen.verschil,
        beoordelingen.verschil_pct_afstand,
        beoordelingen.status_uitleg,
        case
            when beoordelingen.status is not null then beoordelingen.status
            when nu.bruto is null then 'geen_gegevens'
            else 'context'
        end as status,
        trends.trendwaarde,
        trends.helling_per_dag
    from nu
    left join termijn on true
    left join beginstand
        on
            nu.gebied_soort = beginstand.gebied_soort
            and nu.gebied_code = beginstand.gebied_code
            and nu.corporatie_code = beginstand.corporatie_code
    left join beoordelingen
        on
            nu.gebied_soort = beoordelingen.gebied_soort
            and nu.gebied_code = beoordelingen.gebied_code
            and nu.corporatie_code = beoordelingen.corporatie_code
    left join trends
        on
            nu.gebied_soort = trends.gebied_soort
            and nu.gebied_code = trends.gebied_code
            and nu.corporatie_code = trends.corporatie_code
            and nu.peildatum = trends.peildatum
),

benoemd as (
    select
        vergeleken.peildatum,
        vergeleken.gebied_soort,
        vergeleken.gebied_code,
        coalesce(gebieden.gebied_naam, vergeleken.gebied_code) as gebied_naam,
        gebieden.wijk_naam,
        vergeleken.corporatie_code,
        coalesce(corporaties.corporatie_naam, vergeleken.corporatie_code) as corporatie_naam,
        vergeleken.woningen::integer as woningen,
        vergeleken.bruto::integer as bruto,
        vergeleken.uitgezonderd::integer as uitgezonderd,
        vergeleken.netto::integer as netto,
        vergeleken.verlopen::integer as verlopen,
        vergeleken.nooit::integer as nooit,
        (100 * vergeleken.bruto / nullif(vergeleken.woningen, 0))::numeric(18, 4) as aandeel_pct,
        vergeleken.bruto_start::integer as bruto_start,
        (vergeleken.bruto_start - vergeleken.bruto)::integer as afname,
        (
            100 * (vergeleken.bruto_start - vergeleken.bruto) / nullif(vergeleken.bruto_start, 0)
        )::numeric(18, 4) as afname_pct,
        vergeleken.padwaarde,
        vergeleken.verschil,
        vergeleken.verschil_pct_afstand,
        vergeleken.status,
        statussen.woord as status_woord,
        statussen.teken as status_teken,
        statussen.volgorde as status_volgorde,
        statussen.kleur as status_kleur,
        statussen.tekstkleur as status_tekstkleur,
        coalesce(vergeleken.status_uitleg, 'Voor dit gebied is niets apart afgesproken.') as status_uitleg,
        case
            when
                vergeleken.bruto > 0
                and vergeleken.helling_per_dag < 0
                and vergeleken.trendwaarde / -vergeleken.helling_per_dag < 36525
                then
                    vergeleken.peildatum
                    + greatest(ceil(vergeleken.trendwaarde / -vergeleken.helling_per_dag), 1)::integer
        end as prognose_datum,
        (
            (vergeleken.bruto_start - vergeleken.bruto)
            / nullif(vergeleken.peildatum - vergeleken.startdatum, 0) * {{ dagen_per_maand }}
        )::numeric(18, 4) as tempo_per_maand,
        case
            when vergeleken.peildatum < vergeleken.doeldatum
                then vergeleken.bruto / (vergeleken.doeldatum - vergeleken.peildatum) * {{ dagen_per_maand }}
        end::numeric(18, 4) as nodig_per_maand
    from vergeleken
    inner join statussen on vergeleken.status = statussen.code
    left join gebieden
        on
            vergeleken.gebied_soort = gebieden.gebied_soort
            and vergeleken.gebied_code = gebieden.gebied_code
    left join corporaties on vergeleken.corporatie_code = corporaties.corporatie_code
    where vergeleken.woningen is not null or vergeleken.corporatie_code = ''
)

select * from benoemd
