with

klok as (
    select vandaag from {{ ref('int_klok') }}
),

-- the text in force today; a commitment that is not yet in force is shown with its first text
afspraken as (
    select distinct on (afspraak.afspraak_id) afspraak.*
    from {{ ref('stg_reference__afspraken') }} as afspraak
    cross join klok
    where afspraak.geldig_tot is null or afspraak.geldig_tot > klok.vandaag
    order by
        afspraak.afspraak_id asc,
        (afspraak.geldig_van <= klok.vandaag) desc,
        case when afspraak.geldig_van <= klok.vandaag then afspraak.versie else -afspraak.versie end desc
),

statussen as (
    select * from {{ ref('status') }}
),

indicatoren as (
    select * from {{ ref('stg_reference__indicatoren') }}
),

alle_partijen as (
    select
        *,
        count(*) over (partition by soort) as aantal_van_soort
    from {{ ref('stg_reference__partijen') }}
),

-- all corporations together are named as a group
partijen as (
    select
        afspraak_partij.afspraak_id,
        afspraak_partij.versie,
        afspraak_partij.rol,
        partij.soort,
        min(partij.volgorde) as volgorde,
        case
            when count(*) > 1 and count(*) = max(partij.aantal_van_soort)
                then
                    case partij.soort
                        when 'CORPORATIE' then 'alle corporaties'
                        when 'HUURDERSORGANISATIE' then 'huurdersorganisaties'
                        else string_agg(partij.naam, ', ' order by partij.volgorde)
                    end
            else string_agg(partij.naam, ', ' order by partij.volgorde)
        end as namen
    from {{ ref('stg_reference__afspraak_partijen') }} as afspraak_partij
    inner join alle_partijen as partij on afspraak_partij.partij_code = partij.partij_code
    group by afspraak_partij.afspraak_id, afspraak_partij.versie, afspraak_partij.rol, partij.soort
),

rollen as (
    select
        afspraak_id,
        versie,
        string_agg(namen, ', ' order by volgorde) filter (where rol = 'TREKKER') as trekkers,
        string_agg(
            namen, ', ' order by case rol when 'TREKKER' then 1 when 'UITVOERDER' then 2 else 3 end, volgorde
        ) as deelnemers
    from partijen
    group by afspraak_id, versie
),

doelstanden as (
    select * from {{ ref('mart_doel_stand') }}
),

hoofddoelen as (
    select * from doelstanden
    where is_hoofddoel and corporatie_code = '' and gebied_soort = 'gemeente'
),

stand_nu as (
    select distinct on (afspraak_id) *
    from hoofddoelen
    where is_laatste
    order by afspraak_id asc, doeldatum asc
),

stand_vorige as (
    select distinct on (hoofddoelen.doel_id)
        hoofddoelen.doel_id,
        hoofddoelen.peildatum,
        hoofddoelen.status_woord
    from hoofddoelen
    inner join stand_nu
        on
            hoofddoelen.doel_id = stand_nu.doel_id
            and hoofddoelen.peildatum < stand_nu.peildatum
    order by hoofddoelen.doel_id asc, hoofddoelen.peildatum desc
),

gerangschikt as (
    select
        afspraak_id,
        corporatie_naam,
        status,
        row_number() over (
            partition by afspraak_id
            order by voorsprong / nullif(abs(doelwaarde - startwaarde), 0) asc nulls last, voorsprong asc
        ) as rang
    from doelstanden
    where is_laatste and is_hoofddoel and corporatie_code <> ''
),

-- who is furthest behind comes first
per_corporatie as (
    select
        afspraak_id,
        string_agg(corporatie_naam, ', ' order by rang)
        filter (where status in ('achter', 'niet_gehaald')) as corporaties_achter,
        string_agg(corporatie_naam, ', ' order by rang) filter (where status = 'aandacht')
            as corporaties_aandacht
    from gerangschikt
    group by afspraak_id
),

tweede_regels as (
    select
        afspraak_id,
        string_agg(
            concat(
                titel,
                ': ',
                coalesce({{ nl_met_eenheid('realisatie', 'decimalen', 'eenheid') }}, 'geen gegevens'),
                ' (afgesproken ',
                {{ nl_met_eenheid('doelwaarde', 'decimalen', 'eenheid') }},
                ', ',
                status_woord,
                ')'
            ),
            '; ' order by doel_id
        ) as tekst
    from doelstanden
    where is_laatste and not is_hoofddoel and corporatie_code = '' and gebied_soort = 'gemeente'
    group by afspraak_id
),

samengesteld as (
    select
        afspraken.nummer,
        afspraken.afspraak_id,
        afspraken.versie,
        afspraken.titel,
        afspraken.tekst,
        afspraken.geldig_van as tekst_geldig_van,
        afspraken.thema,
        afspraken.thema_volgorde,
        afspraken.niveau,
        afspraken.soort,
        kader.titel as kader_titel,
        upper(left(rollen.trekkers, 1)) || substr(rollen.trekkers, 2) as trekker,
        upper(left(rollen.deelnemers, 1)) || substr(rollen.deelnemers, 2) as partijen,
        afspraken.hoofdindicator,
        coalesce(indicatoren.titel, afspraken.hoofdindicator_titel) as indicator_titel,
        stand_nu.peildatum,
        stand_nu.realisatie,
        stand_nu.padwaarde,
        stand_nu.padtype,
        stand_nu.doelwaarde,
        stand_nu.doeldatum,
        stand_nu.doel_richting,
        stand_nu.verschil,
        stand_nu.niet_verdeeld,
        stand_nu.eenheid,
        stand_nu.decimalen,
        case
            when afspraken.status = 'VERVALLEN' then 'vervallen'
            else coalesce(stand_nu.status, 'geen_gegevens')
        end as status,
        coalesce(
            stand_nu.status_uitleg,
            'Voor "' || coalesce(indicatoren.titel, afspraken.hoofdindicator_titel, 'deze afspraak')
            || '" is nog geen doel vastgelegd, of er komen nog geen gegevens binnen.'
        ) as status_uitleg,
        stand_vorige.status_woord as vorige_status_woord,
        stand_vorige.peildatum as vorige_peildatum,
        per_corporatie.corporaties_achter,
        per_corporatie.corporaties_aandacht,
        afspraken.herkomst = 'VOORBEELD' or coalesce(stand_nu.is_voorbeeld, false) as is_voorbeeld,
        tweede_regels.tekst as tweede_regel
    from afspraken
    left join {{ ref('stg_reference__kaders') }} as kader on afspraken.kader = kader.kader
    left join rollen
        on
            afspraken.afspraak_id = rollen.afspraak_id
            and afspraken.versie = rollen.versie
    left join indicatoren on afspraken.hoofdindicator = indicatoren.code
    left join stand_nu on afspraken.afspraak_id = stand_nu.afspraak_id
    left join stand_vorige on stand_nu.doel_id = stand_vorige.doel_id
    left join per_corporatie on afspraken.afspraak_id = per_corporatie.afspraak_id
    left join tweede_regels on afspraken.afspraak_id = tweede_regels.afspraak_id
),

verwoord as (
    select
        stand.nummer,
        (row_number() over (order by stand.nummer))::integer as volgorde,
        stand.afspraak_id,
        stand.versie,
        stand.titel,
        stand.tekst,
        stand.tekst_geldig_van,
        stand.thema,
        stand.thema_volgorde,
        stand.niveau,
        stand.soort,
        stand.kader_titel,
        stand.trekker,
        stand.partijen,
        stand.hoofdindicator,
        stand.indicator_titel,
        stand.peildatum,
        stand.realisatie,
        stand.padwaarde,
        stand.doelwaarde,
        stand.doeldatum,
        stand.verschil,
        stand.eenheid,
        stand.decimalen,
        stand.status,
        statussen.woord as status_woord,
        statussen.teken as status_teken,
        statussen.volgorde as status_volgorde,
        statussen.kleur as status_kleur,
        statussen.tekstkleur as status_tekstkleur,
        stand.status_uitleg,
        stand.vorige_status_woord,
        stand.vorige_peildatum,
        stand.corporaties_achter,
        stand.corporaties_aandacht,
        stand.is_voorbeeld,
        case
            when stand.doelwaarde is null then 'nog niet vastgelegd'
            else
                case
                    when stand.padtype <> 'NORM' then ''
                    when stand.doel_richting = 'omhoog' then 'minstens '
                    else 'hoogstens '
                end
                || {{ nl_kort('stand.doelwaarde', 'stand.decimalen', 'stand.eenheid') }}
                || coalesce(
                    case when stand.padtype = 'NORM' then ' tot en met ' else ' op ' end
                    || {{ nl_datum('stand.doeldatum') }},
                    ''
                )
        end as doel_tekst,
        case
            when stand.realisatie is null then 'geen gegevens'
            else
                {{ nl_kort('stand.realisatie', 'stand.decimalen', 'stand.eenheid') }}
                || case
                    when stand.padtype = 'NORM' then ''
                    else
                        coalesce(
                            ' (pad '
                            || {{ nl_kort('stand.padwaarde', 'stand.decimalen', 'stand.eenheid') }}
                            || ')',
                            ''
                        )
                end
        end as stand_tekst,
        concat_ws(
            ' ',
            'Ook gemeten: ' || stand.tweede_regel || '.',
            case
                when stand.niet_verdeeld <> 0
                    then
                        'Niet verdeeld over de corporaties: '
                        || {{ nl_met_eenheid('stand.niet_verdeeld', 'stand.decimalen', 'stand.eenheid') }}
                        || '.'
            end,
            case
                when stand.versie > 1
                    then 'De tekst is gewijzigd op ' || {{ nl_datum('stand.tekst_geldig_van') }} || '.'
            end,
            case when stand.is_voorbeeld then 'Voorbeeld: tekst of doel is verzonnen.' end
        ) as bijzonderheden
    from samengesteld as stand
    inner join statussen on stand.status = statussen.code
)

select * from verwoord
