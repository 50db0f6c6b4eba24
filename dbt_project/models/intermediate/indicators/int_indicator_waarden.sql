{{ config(post_hook='analyze {{ this }}') }}

with

opgeteld as (
    select * from {{ ref('int_indicator_optelling') }}
),

onderdelen as (
    select * from {{ ref('int_indicator_onderdelen') }}
),

volledigheid as (
    select * from {{ ref('int_indicator_volledigheid') }}
),

gemeten as (
    select
        opgeteld.indicator,
        opgeteld.onderdeel,
        opgeteld.peildatum,
        opgeteld.gemeente_code,
        opgeteld.gebied_soort,
        opgeteld.gebied_code,
        opgeteld.corporatie_code,
        onderdelen.factor,
        onderdelen.dekking_minimum,
        onderdelen.heeft_noemer,
        onderdelen.mist_register,
        opgeteld.teller,
        case when onderdelen.heeft_noemer then coalesce(opgeteld.noemer, 0) end as noemer,
        case
            when onderdelen.heeft_dekking then coalesce(opgeteld.bekend, 0) / nullif(opgeteld.totaal, 0)
        end as dekking,
        case
            when onderdelen.heeft_vergelijking
                then opgeteld.vergelijk_teller / nullif(opgeteld.vergelijk_noemer, 0)
            else 1
        end as vergeleken_met,
        opgeteld.corporatie_code <> '' or coalesce(volledigheid.is_volledig, true) as is_volledig,
        volledigheid.ontbreekt
    from opgeteld
    inner join onderdelen
        on
            opgeteld.indicator = onderdelen.indicator
            and opgeteld.onderdeel = onderdelen.onderdeel
    left join volledigheid
        on
            opgeteld.indicator = volledigheid.indicator
            and opgeteld.onderdeel = volledigheid.onderdeel
            and opgeteld.gemeente_code = volledigheid.gemeente_code
            and opgeteld.peildatum = volledigheid.peildatum
),

beredeneerd as (
    select
        *,
        case
            when mist_register then 'Het register met energielabels is nog niet binnen.'
            when not is_volledig then 'Nog niet geleverd door: ' || ontbreekt || '.'
            when dekking < dekking_minimum
                then
                    'Van ' || {{ nl_getal('100 * dekking', '0') }} || '% van de woningen bekend; nodig is '
                    || {{ nl_getal('100 * dekking_minimum', '0') }} || '%.'
            when heeft_noemer and noemer = 0 then 'Er is niets om een aandeel van te nemen (noemer 0).'
        end as reden_leeg
    from gemeten
)

select
    indicator,
    onderdeel,
    peildatum,
    gemeente_code,
    gebied_soort,
    gebied_code,
    corporatie_code,
    teller::numeric(18, 4) as teller,
    noemer::numeric(18, 4) as noemer,
    (
        case
            when reden_leeg is not null then null
            when heeft_noemer then teller / noemer * factor / nullif(vergeleken_met, 0)
            else teller * factor
        end
    )::numeric(18, 4) as waarde,
    dekking::numeric(18, 4) as dekking,
    is_volledig and not mist_register as is_volledig,
    reden_leeg
from beredeneerd
