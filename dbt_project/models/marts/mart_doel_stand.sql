with

beoordelingen as (
    select * from {{ ref('int_beoordeling') }}
),

statussen as (
    select * from {{ ref('status') }}
),

afspraken as (
    select distinct on (afspraak_id) *
    from {{ ref('stg_reference__afspraken') }}
    order by afspraak_id asc, versie desc
),

indicatoren as (
    select * from {{ ref('stg_reference__indicatoren') }}
),

gebieden as (
    select * from {{ ref('dim_gebied') }}
),

corporaties as (
    select * from {{ ref('dim_corporatie') }}
),

-- what the municipality's target asks beyond what the corporations took on; only amounts add up
verdeeld as (
    select
        beoordelingen.afspraak_id,
        beoordelingen.indicator,
        beoordelingen.onderdeel,
        beoordelingen.peildatum,
        beoordelingen.doeldatum,
        sum(beoordelingen.doelwaarde) as som_corporaties
    from beoordelingen
    inner join indicatoren on beoordelingen.indicator = indicatoren.code
    where
        indicatoren.oprol = 'som'
        and beoordelingen.gebied_soort = 'gemeente'
        and beoordelingen.corporatie_code <> ''
    group by
        beoordelingen.afspraak_id,
        beoordelingen.indicator,
        beoordelingen.onderdeel,
        beoordelingen.peildatum,
        beoordelingen.doeldatum
),

benoemd as (
    select
        beoordelingen.doel_id,
        beoordelingen.versie as doel_versie,
        beoordelingen.afspraak_id,
        afspraken.nummer as afspraak_nummer,
        afspraken.titel as afspraak_titel,
        afspraken.thema,
        afspraken.thema_volgorde,
        beoordelingen.indicator,
        beoordelingen.onderdeel,
        beoordelingen.titel,
        beoordelingen.peildatum,
        beoordelingen.is_laatste,
        beoordelingen.gebied_soort,
        beoordelingen.gebied_code,
        coalesce(gebieden.gebied_naam, beoordelingen.gebied_code) as gebied_naam,
        beoordelingen.corporatie_code,
        coalesce(corporaties.corporatie_naam, beoordelingen.corporatie_code) as corporatie_naam,
        beoordelingen.startdatum,
        beoordelingen.startwaarde,
        beoordelingen.doeldatum,
        beoordelingen.doelwaarde,
        beoordelingen.richting as doel_richting,
        beoordelingen.padtype,
        beoordelingen.realisatie,
        beoordelingen.padwaarde,
        beoordelingen.verschil,
        beoordelingen.verschil_pct_afstand,
        beoordelingen.voorsprong,
        beoordelingen.marge_aandacht,
        beoordelingen.marge_achter,
        beoordelingen.tempo_per_maand,
        beoordelingen.nodig_per_maand,
        beoordelingen.prognose_waarde,
        beoordelingen.prognose_laag,
        beoordelingen.prognose_hoog,
        beoordelingen.prognose_datum,
        case
            when beoordelingen.gebied_soort = 'gemeente' and beoordelingen.corporatie_code = ''
                then beoordelingen.doelwaarde - verdeeld.som_corporaties
        end::numeric(18, 4) as niet_verdeeld,
        beoordelingen.status,
        statussen.woord as status_woord,
        statussen.teken as status_teken,
        statussen.volgorde as status_volgorde,
        statussen.kleur as status_kleur,
        statussen.tekstkleur as status_tekstkleur,
        beoordelingen.status_uitleg,
        beoordelingen.herkomst,
        beoordelingen.herkomst = 'VOORBEELD' as is_voorbeeld,
        beoordelingen.is_hoofddoel,
        beoordelingen.eenheid,
        beoordelingen.decimalen
    from beoordelingen
    inner join statussen on beoordelingen.status = statussen.code
    inner join afspraken on beoordelingen.afspraak_id = afspraken.afspraak_id
    left join gebieden
        on
            beoordelingen.gebied_soort = gebieden.gebied_soort
            and beoordelingen.gebied_code = gebieden.gebied_code
    left join corporaties on beoordelingen.corporatie_code = corporaties.corporatie_code
    left join verdeeld
        on
            beoordelingen.afspraak_id = verdeeld.afspraak_id
            and beoordelingen.indicator = verdeeld.indicator
            and beoordelingen.onderdeel = verdeeld.onderdeel
            and beoordelingen.peildatum = verdeeld.peildatum
            and beoordelingen.doeldatum is not distinct from verdeeld.doeldatum
)

select * from benoemd
