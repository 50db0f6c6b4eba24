-- What is summed over corporations and over wijken must be the municipality's figure.
with

standen as (
    select stand.*
    from {{ ref('int_indicator_stand') }} as stand
    inner join {{ source('reference', 'indicator') }} as indicator on stand.indicator = indicator.code
    where indicator.oprol = 'som'
),

gemeente as (
    select * from standen
    where gebied_soort = 'gemeente' and corporatie_code = ''
),

corporaties as (
    select
        indicator,
        onderdeel,
        peildatum,
        sum(teller) as teller
    from standen
    where gebied_soort = 'gemeente' and corporatie_code <> ''
    group by 1, 2, 3
),

-- homes whose area is unknown are in the municipality's figure only
wijken as (
    select
        indicator,
        onderdeel,
        peildatum,
        sum(teller) as teller
    from standen
    where gebied_soort = 'wijk' and corporatie_code = ''
    group by 1, 2, 3
)

select
    gemeente.indicator,
    gemeente.onderdeel,
    gemeente.peildatum,
    gemeente.teller,
    corporaties.teller as som_corporaties,
    wijken.teller as som_wijken
from gemeente
inner join corporaties
    on
        gemeente.indicator = corporaties.indicator
        and gemeente.onderdeel = corporaties.onderdeel
        and gemeente.peildatum = corporaties.peildatum
left join wijken
    on
        gemeente.indicator = wijken.indicator
        and gemeente.onderdeel = wijken.onderdeel
        and gemeente.peildatum = wijken.peildatum
where gemeente.teller <> corporaties.teller or wijken.teller > gemeente.teller
