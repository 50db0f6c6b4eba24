with

indicatoren as (
    select * from {{ ref('stg_reference__indicatoren') }}
),

klok as (
    select vandaag from {{ ref('int_klok') }}
),

-- measures of the same deliveries speak for each other; the newest value tells the age
laatste as (
    select
        indicator,
        max(peildatum) filter (where is_laatste) as peildatum,
        bool_or(is_verouderd) as is_verouderd
    from {{ ref('int_indicator_stand') }}
    group by indicator
),

uitgelegd as (
    select
        indicatoren.code,
        indicatoren.titel,
        indicatoren.thema,
        indicatoren.definitie,
        indicatoren.waarom,
        case indicatoren.gezag
            when 'wet' then 'Wet: '
            when 'afspraak' then 'Afspraak: '
            else 'Eigen keuze: '
        end || indicatoren.gezag_bron as gezag,
        indicatoren.bronnen,
        indicatoren.eigenaar,
        indicatoren.review_op,
        indicatoren.privacyklasse,
        indicatoren.eenheid,
        case indicatoren.richting
            when 'omhoog' then 'Hoger is beter'
            when 'omlaag' then 'Lager is beter'
            when 'norm' then 'Moet aan een norm voldoen'
            else 'Achtergrond, geen oordeel'
        end as richting_tekst,
        laatste.peildatum as laatste_peildatum,
        nullif(
            concat_ws(
                ' ',
                indicatoren.let_op,
                case
                    when indicatoren.review_op < klok.vandaag
                        then
                            'De definitie had voor ' || {{ nl_datum('indicatoren.review_op') }}
                            || ' opnieuw bekeken moeten worden.'
                end,
                case when laatste.is_verouderd then 'De gegevens zijn te oud voor een oordeel.' end,
                case when laatste.indicator is null then 'Er zijn nog geen gegevens.' end
            ),
            ''
        ) as waarschuwing
    from indicatoren
    cross join klok
    left join laatste on indicatoren.code = laatste.indicator
)

select * from uitgelegd
