{%- set dagen_per_maand = 30.4375 -%}
with

doelen as (
    select * from {{ ref('int_doel_op_peildatum') }}
),

klok as (
    select vandaag from {{ ref('int_klok') }}
),

afspraken as (
    select distinct on (afspraak_id)
        afspraak_id,
        vervallen_op
    from {{ source('reference', 'afspraak') }}
    order by afspraak_id asc, versie desc
),

onderdelen as (
    select
        onderdeel.indicator,
        onderdeel.onderdeel,
        onderdeel.eenheid,
        onderdeel.decimalen,
        indicator.richting as indicator_richting,
        indicator.verouderd_na_dagen
    from {{ source('reference', 'indicator_onderdeel') }} as onderdeel
    inner join {{ source('reference', 'indicator') }} as indicator on onderdeel.indicator = indicator.code
),

standen as (
    select * from {{ ref('int_indicator_stand') }}
),

trends as (
    select * from {{ ref('int_indicator_trend') }}
),

-- a baseline that was not agreed as a figure is the measured one of that day
gemeten as (
    select
        doelen.*,
        onderdelen.eenheid,
        onderdelen.decimalen,
        onderdelen.indicator_richting,
        onderdelen.verouderd_na_dagen,
        klok.vandaag - doelen.peildatum as leeftijd_dagen,
        stand.waarde as realisatie,
        stand.reden_leeg,
        coalesce(stand.noemer, stand.teller) < doelen.min_n as is_te_klein,
        coalesce(doelen.baseline_waarde, beginstand.waarde) as startwaarde,
        trends.helling_per_dag,
        trends.trendwaarde,
        {{ trend_marge('trends', '(doelen.datum - doelen.peildatum)') }} as verwacht_marge,
        doelen.is_vervallen
        or coalesce(doelen.peildatum >= afspraken.vervallen_op, false) as is_ingetrokken
    from doelen
    cross join klok
    inner join afspraken on doelen.afspraak_id = afspraken.afspraak_id
    inner join onderdelen
        on
            doelen.indicator = onderdelen.indicator
            and doelen.onderdeel = onderdelen.onderdeel
    left join standen as stand
        on
            doelen.indicator = stand.indicator
            and doelen.onderdeel = stand.onderdeel
            and doelen.gebied_soort = stand.gebied_soort
            and doelen.gebied_code = stand.gebied_code
            and doelen.corporatie_code = stand.corporatie_code
            and doelen.gemeten_op = stand.peildatum
    left join standen as beginstand
        on
            doelen.indicator = beginstand.indicator
            and doelen.onderdeel = beginstand.onderdeel
            and doelen.gebied_soort = beginstand.gebied_soort
            and doelen.gebied_code = beginstand.gebied_code
            and doelen.corporatie_code = beginstand.corporatie_code
            and doelen.baseline_datum = beginstand.peildatum
    left join trends
        on
            doelen.indicator = trends.indicator
            and doelen.onderdeel = trends.onderdeel
            and doelen.gebied_soort = trends.gebied_soort
            and doelen.gebied_code = trends.gebied_code
            and doelen.corporatie_code = trends.corporatie_code
            and doelen.gemeten_op = trends.peildatum
            and doelen.padtype in ('DAGEN', 'STAPPEN', 'EINDDATUM')
),

op_pad as (
    select
        *,
        case
            when padtype = 'NORM' then waarde
            when peildatum >= datum then waarde
            when padtype = 'DAGEN' and peildatum <= baseline_datum then startwaarde
            when padtype = 'DAGEN'
                then
                    startwaarde
                    + (waarde - startwaarde) * (peildatum - baseline_datum)
                    / (datum - baseline_datum)::numeric
            when padtype in ('STAPPEN', 'PLANNING') then coalesce(stapwaarde, startwaarde, 0)
        end::numeric(18, 4) as padwaarde,
        case when padtype not in ('NORM', 'MIJLPAAL') then abs(waarde - startwaarde) end as afstand,
        case when richting = 'omlaag' then -1 else 1 end as goede_kant,
        case when least(realisatie, startwaarde, waarde) >= 0 then 0 end as ondergrens,
        (peildatum - baseline_datum) / nullif(datum - baseline_datum, 0)::numeric as deel_van_termijn
    from gemeten
),

vergeleken as (
    select
        *,
        realisatie - padwaarde as verschil,
        goede_kant * (realisatie - padwaarde) as voorsprong,
        goede_kant * (realisatie - waarde) >= 0 as is_bereikt,
        greatest(
            tolerantie_min,
            case tolerantie_soort
                when 'PCT_AFSTAND' then coalesce(afstand, abs(waarde)) * tolerantie_aandacht / 100
                else tolerantie_aandacht
            end
        ) as marge_aandacht,
        greatest(
            tolerantie_min,
            case tolerantie_soort
                when 'PCT_AFSTAND' then coalesce(afstand, abs(waarde)) * tolerantie_achter / 100
                else tolerantie_achter
            end
        ) as marge_achter,
        case
            when padtype not in ('NORM', 'MIJLPAAL') and peildatum > baseline_datum and peildatum = gemeten_op
                then
                    goede_kant * (realisatie - startwaarde) * {{ dagen_per_maand }}
                    / (peildatum - baseline_datum)
        end as tempo_per_maand,
        case
            when padtype not in ('NORM', 'MIJLPAAL') and realisatie is not null and peildatum < datum
                then
                    greatest(goede_kant * (waarde - realisatie), 0) * {{ dagen_per_maand }}
                    / (datum - peildatum)
        end as nodig_per_maand,
        case when peildatum < datum then trendwaarde + helling_per_dag * (datum - peildatum) end as verwacht,
        case
            when goede_kant * helling_per_dag > 0 and goede_kant * (waarde - realisatie) > 0
                then greatest(ceil((waarde - trendwaarde) / helling_per_dag), 1)
        end as dagen_tot_doel
    from op_pad
),

geprojecteerd as (
    select
        *,
        -- a stock doesn't fall below zero, however steep the line
        case when verwacht is not null then greatest(verwacht, ondergrens) end as prognose_waarde,
        case when verwacht is not null then greatest(verwacht - verwacht_marge, ondergrens) end
            as prognose_laag,
        case when verwacht is not null then greatest(verwacht + verwacht_marge, ondergrens) end
            as prognose_hoog,
        case when dagen_tot_doel <= 36525 then peildatum + dagen_tot_doel::integer end as prognose_datum,
        goede_kant * (verwacht - waarde) >= -marge_aandacht as verwacht_gehaald,
        goede_kant * (verwacht - waarde) + abs(verwacht_marge) >= -marge_aandacht as misschien_gehaald
    from vergeleken
),

beoordeeld as (
    select
        *,
        case
            when is_ingetrokken then 'vervallen'
            when indicator_richting = 'context' then 'context'
            when realisatie is null or is_verouderd or coalesce(is_te_klein, false) then 'geen_gegevens'
            when padtype in ('DAGEN', 'STAPPEN', 'PLANNING') and startwaarde is null and stapwaarde is null
                then 'geen_gegevens'
            when padtype = 'MIJLPAAL' and is_bereikt then 'gehaald'
            when padtype = 'MIJLPAAL' and peildatum <= datum then 'nog_niet_gestart'
            when padtype = 'MIJLPAAL' and peildatum - datum <= tolerantie_aandacht then 'op_koers'
            when padtype = 'MIJLPAAL' and peildatum - datum <= tolerantie_achter then 'aandacht'
            when padtype = 'MIJLPAAL' then 'achter'
            when peildatum >= datum and is_bereikt then 'gehaald'
            when peildatum >= datum then 'niet_gehaald'
            when padtype <> 'NORM' and peildatum <= baseline_datum then 'nog_niet_gestart'
            when padtype = 'NORM' and peildatum < geldig_vanaf then 'nog_niet_gestart'
            when padtype <> 'NORM' and is_bereikt then 'gehaald'
            when padtype <> 'NORM' and deel_van_termijn < 0.10 and verwacht_gehaald then 'op_koers'
            when padtype <> 'NORM' and deel_van_termijn < 0.10 then 'nog_niet_gestart'
            when padtype = 'EINDDATUM' and verwacht is null then 'nog_niet_gestart'
            when padtype = 'EINDDATUM' and verwacht_gehaald then 'op_koers'
            when padtype = 'EINDDATUM' and misschien_gehaald then 'aandacht'
            when padtype = 'EINDDATUM' then 'achter'
            when voorsprong >= -marge_aandacht then 'op_koers'
            when voorsprong >= -marge_achter then 'aandacht'
            else 'achter'
        end as status
    from geprojecteerd
),

-- every status says by which rule it was given
verwoord as (
    select
        *,
        {{ nl_datum('peildatum') }} as peildatum_tekst,
        {{ nl_datum('datum') }} as datum_tekst,
        {{ nl_met_eenheid('realisatie', 'decimalen', 'eenheid') }} as realisatie_tekst,
        {{ nl_met_eenheid('waarde', 'decimalen', 'eenheid') }} as doel_tekst,
        {{ nl_met_eenheid('padwaarde', 'decimalen', 'eenheid') }} as pad_tekst,
        {{ nl_verschil('verschil', 'decimalen', 'eenheid') }} as afstand_tot_pad_tekst,
        {{ nl_getal('100 * abs(verschil) / nullif(afstand, 0)', '1') }} as deel_van_afstand_tekst,
        {{ nl_met_eenheid('prognose_waarde', 'decimalen', 'eenheid') }} as prognose_waarde_tekst,
        {{ nl_getal('prognose_laag', 'decimalen') }} as prognose_laag_tekst,
        {{ nl_getal('prognose_hoog', 'decimalen') }} as prognose_hoog_tekst,
        {{ nl_maand('prognose_datum') }} as prognose_maand_tekst,
        {{ nl_getal('marge_aandacht', 'decimalen') }} as marge_aandacht_tekst,
        {{ nl_getal('marge_achter', 'decimalen') }} as marge_achter_tekst,
        round(verschil, decimalen) = 0 as is_op_het_pad
    from beoordeeld
),

zinnen as (
    select
        *,
        'Dat is ' || case
            when is_op_het_pad and padtype = 'NORM' then 'precies de norm.'
            when is_op_het_pad then 'precies op het pad.'
            else
                afstand_tot_pad_tekst || case
                    when padtype = 'NORM' and voorsprong >= 0 then ' beter dan de norm'
                    when padtype = 'NORM' then ' slechter dan de norm'
                    when voorsprong >= 0 then ' voor op het pad'
                    else ' achter op het pad'
                end || coalesce(' (' || deel_van_afstand_tekst || '% van de hele afstand).', '.')
        end as verschil_zin,
        ' Een achterstand van hoogstens ' || marge_aandacht_tekst || ' is op koers, van meer dan '
        || marge_achter_tekst || ' achter.' as marge_zin,
        case
            when prognose_datum is not null
                then ' Bij dit tempo wordt het doel in ' || prognose_maand_tekst || ' gehaald.'
            when verwacht is not null and not is_bereikt then ' Bij dit tempo wordt het doel niet gehaald.'
            else ''
        end as prognose_zin
    from verwoord
),

uitgelegd as (
    select
        *,
        case
            when status = 'vervallen' then 'De afspraak is ingetrokken.'
            when status = 'context' then 'Hierover is niets afgesproken.'
            when status = 'geen_gegevens' and realisatie is not null and is_verouderd
                then
                    'De laatste gegevens zijn van ' || peildatum_tekst || ', ' || leeftijd_dagen
                    || ' dagen geleden. Na ' || verouderd_na_dagen || ' dagen geven we geen oordeel meer.'
            when status = 'geen_gegevens' and is_te_klein
                then 'Het aantal is te klein voor een oordeel (minder dan ' || min_n || ').'
            when status = 'geen_gegevens' and realisatie is not null
                then 'De waarde aan het begin is niet bekend. Daarom is er geen pad.'
            when status = 'geen_gegevens'
                then coalesce(reden_leeg, 'Er zijn geen gegevens voor ' || peildatum_tekst || '.')
            when status = 'gehaald' and peildatum >= datum and padtype <> 'MIJLPAAL'
                then
                    'Gehaald: op ' || datum_tekst || ' ' || realisatie_tekst || '; afgesproken was '
                    || doel_tekst || '.'
            when status = 'gehaald'
                then 'Gehaald: ' || realisatie_tekst || '; afgesproken is ' || doel_tekst || '.'
            when status = 'niet_gehaald'
                then
                    'De termijn liep tot ' || datum_tekst || '. Toen was het ' || realisatie_tekst
                    || '; afgesproken was ' || doel_tekst || '.'
            when padtype = 'MIJLPAAL' and peildatum > datum
                then
                    'De mijlpaal is ' || peildatum - datum || ' dagen te laat. Op koers tot '
                    || tolerantie_aandacht::integer || ', achter na ' || tolerantie_achter::integer
                    || ' dagen.'
            when padtype = 'MIJLPAAL' then 'De mijlpaal hoeft pas op ' || datum_tekst || ' gehaald te zijn.'
            when status = 'nog_niet_gestart' and padtype = 'NORM'
                then 'De afspraak geldt vanaf ' || {{ nl_datum('geldig_vanaf') }} || '.'
            when padtype = 'NORM'
                then realisatie_tekst || '; de norm is ' || doel_tekst || '. ' || verschil_zin || marge_zin
            when status = 'nog_niet_gestart' and padtype = 'EINDDATUM' and deel_van_termijn >= 0.10
                then 'Er zijn nog te weinig metingen voor een verwachting. Zonder pad is er dan geen oordeel.'
            when status = 'nog_niet_gestart'
                then
                    'Minder dan een tiende van de termijn is voorbij. Dat is te vroeg voor een oordeel over '
                    || 'het pad.' || prognose_zin
            when padtype = 'EINDDATUM' or deel_van_termijn < 0.10
                then
                    'Het oordeel gaat naar verwachting: op ' || datum_tekst || ' ' || prognose_waarde_tekst
                    || ', tussen ' || prognose_laag_tekst || ' en ' || prognose_hoog_tekst
                    || '; afgesproken is ' || doel_tekst || '.' || prognose_zin
            else
                realisatie_tekst || '; het pad staat op ' || pad_tekst || '. ' || verschil_zin || marge_zin
                || prognose_zin
        end as status_uitleg
    from zinnen
)

select
    doel_id,
    versie,
    afspraak_id,
    gemeente_code,
    indicator,
    onderdeel,
    is_hoofddoel,
    titel,
    peildatum,
    is_laatste,
    gebied_soort,
    gebied_code,
    corporatie_code,
    richting,
    padtype,
    herkomst,
    eenheid,
    decimalen,
    baseline_datum as startdatum,
    startwaarde,
    datum as doeldatum,
    waarde as doelwaarde,
    gemeten_op,
    realisatie,
    padwaarde,
    verschil::numeric(18, 4) as verschil,
    (100 * verschil / nullif(afstand, 0))::numeric(18, 4) as verschil_pct_afstand,
    voorsprong::numeric(18, 4) as voorsprong,
    marge_aandacht::numeric(18, 4) as marge_aandacht,
    marge_achter::numeric(18, 4) as marge_achter,
    tempo_per_maand::numeric(18, 4) as tempo_per_maand,
    nodig_per_maand::numeric(18, 4) as nodig_per_maand,
    prognose_waarde::numeric(18, 4) as prognose_waarde,
    prognose_laag::numeric(18, 4) as prognose_laag,
    prognose_hoog::numeric(18, 4) as prognose_hoog,
    prognose_datum,
    status,
    status_uitleg
from uitgelegd
