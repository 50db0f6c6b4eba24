with

doelen as (
    select
        *,
        min(versie) over (partition by doel_id) as eerste_versie
    from {{ source('reference', 'doel') }}
),

gemeente as (
    select gemeente_code from {{ source('reference', 'gemeente') }}
),

klok as (
    select vandaag from {{ ref('int_klok') }}
),

peildata as (
    select distinct
        indicator,
        gemeente_code,
        peildatum,
        is_laatste,
        is_verouderd
    from {{ ref('int_indicator_stand') }}
    where gebied_soort = 'gemeente'
),

-- the day the monitor as a whole stands at
stand_van_nu as (
    select coalesce(max(peildata.peildatum), max(klok.vandaag)) as peildatum
    from klok
    left join peildata on peildata.is_laatste and klok.vandaag >= peildata.peildatum
),

begin_en_einde as (
    select
        doelen.doel_id,
        doelen.versie,
        min(peildata.peildatum) filter (where peildata.peildatum >= doelen.datum) as eindmeting
    from doelen
    cross join gemeente
    left join peildata
        on
            doelen.indicator = peildata.indicator
            and gemeente.gemeente_code = peildata.gemeente_code
    group by doelen.doel_id, doelen.versie
),

-- a target of which nothing was ever measured still gets one row: it says so
combinaties as (
    select
        doelen.*,
        gemeente.gemeente_code,
        coalesce(peildata.peildatum, stand_van_nu.peildatum) as peildatum,
        coalesce(peildata.is_laatste, true) as is_laatste,
        coalesce(peildata.is_verouderd, false) as is_verouderd
    from doelen
    cross join gemeente
    cross join stand_van_nu
    left join peildata
        on
            doelen.indicator = peildata.indicator
            and gemeente.gemeente_code = peildata.gemeente_code
            and (
                peildata.is_laatste
                or peildata.peildatum >= coalesce(doelen.baseline_datum, doelen.geldig_van)
            )
),

-- a changed target holds from its own day on; what was assessed before it stays as it was
van_kracht as (
    select distinct on (combinaties.doel_id, combinaties.peildatum)
        combinaties.*,
        begin_en_einde.eindmeting
    from combinaties
    inner join begin_en_einde
        on
            combinaties.doel_id = begin_en_einde.doel_id
            and combinaties.versie = begin_en_einde.versie
    where combinaties.geldig_van <= combinaties.peildatum or combinaties.versie = combinaties.eerste_versie
    order by combinaties.doel_id asc, combinaties.peildatum asc, combinaties.versie desc
),

laatste_stappen as (
    select distinct on (van_kracht.doel_id, van_kracht.versie, van_kracht.peildatum)
        van_kracht.doel_id,
        van_kracht.versie,
        van_kracht.peildatum,
        doel_stap.waarde
    from van_kracht
    inner join {{ source('reference', 'doel_stap') }} as doel_stap
        on
            van_kracht.doel_id = doel_stap.doel_id
            and van_kracht.versie = doel_stap.versie
            and van_kracht.peildatum >= doel_stap.datum
    order by van_kracht.doel_id asc, van_kracht.versie asc, van_kracht.peildatum asc, doel_stap.datum desc
)

select
    van_kracht.doel_id,
    van_kracht.versie,
    van_kracht.afspraak_id,
    van_kracht.gemeente_code,
    van_kracht.indicator,
    van_kracht.onderdeel,
    van_kracht.is_hoofddoel,
    van_kracht.titel,
    van_kracht.gebied_soort,
    van_kracht.gebied_code,
    van_kracht.corporatie_code,
    van_kracht.richting,
    van_kracht.waarde,
    van_kracht.datum,
    van_kracht.baseline_waarde,
    van_kracht.baseline_datum,
    van_kracht.padtype,
    van_kracht.tolerantie_soort,
    van_kracht.tolerantie_aandacht,
    van_kracht.tolerantie_achter,
    van_kracht.tolerantie_min,
    van_kracht.min_n,
    van_kracht.herkomst,
    van_kracht.is_vervallen,
    van_kracht.geldig_van as geldig_vanaf,
    van_kracht.peildatum,
    van_kracht.is_laatste,
    van_kracht.is_verouderd,
    laatste_stappen.waarde as stapwaarde,
    -- once the term is over its outcome stands; only a milestone can still be reached late
    case
        when van_kracht.padtype <> 'MIJLPAAL' and van_kracht.peildatum > van_kracht.datum
            then van_kracht.eindmeting
        else van_kracht.peildatum
    end as gemeten_op
from van_kracht
left join laatste_stappen
    on
        van_kracht.doel_id = laatste_stappen.doel_id
        and van_kracht.versie = laatste_stappen.versie
        and van_kracht.peildatum = laatste_stappen.peildatum
