with

indicatoren as (
    select
        indicator.code as indicator,
        onderdeel.onderdeel,
        indicator.oprol,
        onderdeel.factor,
        onderdeel.dekking_minimum
    from {{ source('reference', 'indicator') }} as indicator
    inner join {{ source('reference', 'indicator_onderdeel') }} as onderdeel
        on indicator.code = onderdeel.indicator
    where onderdeel.berekend_door = 'maten'
),

termen as (
    select
        term.*,
        indicatoren.oprol
    from {{ source('reference', 'indicator_term') }} as term
    inner join indicatoren
        on
            term.indicator = indicatoren.indicator
            and term.onderdeel = indicatoren.onderdeel
),

maten as (
    select * from {{ ref('int_maten_per_gebied') }}
),

volledigheid as (
    select * from {{ ref('int_volledigheid') }}
),

bijdragen as (
    select
        termen.indicator,
        termen.onderdeel,
        termen.oprol,
        termen.rol,
        termen.venster,
        maten.bron,
        maten.periode_tot,
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
    where termen.oprol <> 'zoals geleverd' or maten.is_geleverd
),

-- by the catalogue, not by the rows that came: a measure without any row is zero, not unknown
bronnen as (
    select distinct
        termen.indicator,
        termen.onderdeel,
        maat.bron
    from termen
    inner join {{ source('reference', 'maat') }} as maat
        on
            termen.maat_code = maat.maat_code
            and termen.maat_onderdeel = maat.onderdeel
    where termen.rol = 'teller'
),

registers as (
    select distinct source as register
    from {{ source('ops', 'landing_in_use') }}
),

peildata as (
    select distinct
        bijdragen.indicator,
        bijdragen.onderdeel,
        bijdragen.gemeente_code,
        bijdragen.periode_tot as peildatum
    from bijdragen
    where bijdragen.rol = 'teller'
),

op_peildatum as (
    select
        indicator,
        onderdeel,
        rol,
        periode_tot as peildatum,
        gemeente_code,
        gebied_soort,
        gebied_code,
        corporatie_code,
        waarde
    from bijdragen
    where venster = 'stand'
    union all
    select
        bijdragen.indicator,
        bijdragen.onderdeel,
        bijdragen.rol,
        peildata.peildatum,
        bijdragen.gemeente_code,
        bijdragen.gebied_soort,
        bijdragen.gebied_code,
        bijdragen.corporatie_code,
        bijdragen.waarde
    from bijdragen
    inner join peildata
        on
            bijdragen.indicator = peildata.indicator
            and bijdragen.onderdeel = peildata.onderdeel
            and bijdragen.gemeente_code = peildata.gemeente_code
            and case bijdragen.venster
                when 'jaar' then
                    bijdragen.periode_tot
                    between date_trunc('year', peildata.peildatum) and peildata.peildatum
                when '12 maanden' then
                    bijdragen.periode_tot > peildata.peildatum - interval '1 year'
                    and bijdragen.periode_tot <= peildata.peildatum
                when 'primo' then
                    bijdragen.periode_tot = date_trunc('year', peildata.peildatum) - interval '1 day'
            end
    where bijdragen.venster <> 'stand'
),

-- who delivered and has no such home counts as 0; who has nothing at all in an area gets no row
aanwezig as (
    select distinct
        bron,
        periode_tot as peildatum,
        gemeente_code,
        gebied_soort,
        gebied_code,
        corporatie_code
    from maten
),

nullen as (
    select
        bronnen.indicator,
        bronnen.onderdeel,
        'teller' as rol,
        aanwezig.peildatum,
        aanwezig.gemeente_code,
        aanwezig.gebied_soort,
        aanwezig.gebied_code,
        aanwezig.corporatie_code,
        0 as waarde
    from indicatoren
    inner join bronnen
        on
            indicatoren.indicator = bronnen.indicator
            and indicatoren.onderdeel = bronnen.onderdeel
    inner join aanwezig on bronnen.bron = aanwezig.bron
    where indicatoren.oprol <> 'zoals geleverd'
),

opgeteld as (
    select
        indicator,
        onderdeel,
        peildatum,
        gemeente_code,
        gebied_soort,
        gebied_code,
        corporatie_code,
        sum(waarde) filter (where rol = 'teller') as teller,
        sum(waarde) filter (where rol = 'noemer') as noemer,
        sum(waarde) filter (where rol = 'bekend') as bekend,
        sum(waarde) filter (where rol = 'totaal') as totaal,
        sum(waarde) filter (where rol = 'vergelijk_teller') as vergelijk_teller,
        sum(waarde) filter (where rol = 'vergelijk_noemer') as vergelijk_noemer
    from (
        select * from op_peildatum
        union all
        select * from nullen
    ) as verenigd
    group by 1, 2, 3, 4, 5, 6, 7
),

gebruikte_rollen as (
    select
        indicator,
        onderdeel,
        bool_or(rol = 'noemer') as heeft_noemer,
        bool_or(rol = 'bekend') as heeft_dekking,
        bool_or(rol = 'vergelijk_noemer') as heeft_vergelijking
    from termen
    group by 1, 2
),

-- without the register no home has a label, and none would be E, F or G
ontbrekende_registers as (
    select distinct
        termen.indicator,
        termen.onderdeel
    from termen
    inner join {{ source('reference', 'maat') }} as maat
        on
            termen.maat_code = maat.maat_code
            and termen.maat_onderdeel = maat.onderdeel
    left join registers on maat.rust_op = registers.register
    where maat.rust_op is not null and registers.register is null
),

-- a total without one of the corporations would look like progress
volledig as (
    select
        bronnen.indicator,
        bronnen.onderdeel,
        volledigheid.gemeente_code,
        volledigheid.peildatum,
        bool_and(volledigheid.is_volledig) as is_volledig,
        string_agg(distinct volledigheid.ontbreekt, ', ') as ontbreekt
    from bronnen
    inner join volledigheid on bronnen.bron = volledigheid.bron
    group by 1, 2, 3, 4
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
        opgeteld.teller,
        case when gebruikte_rollen.heeft_noemer then coalesce(opgeteld.noemer, 0) end as noemer,
        case
            when gebruikte_rollen.heeft_dekking
                then coalesce(opgeteld.bekend, 0) / nullif(opgeteld.totaal, 0)
        end as dekking,
        case
            when gebruikte_rollen.heeft_vergelijking
                then opgeteld.vergelijk_teller / nullif(opgeteld.vergelijk_noemer, 0)
            else 1
        end as vergeleken_met,
        indicatoren.factor,
        indicatoren.dekking_minimum,
        gebruikte_rollen.heeft_noemer,
        opgeteld.corporatie_code <> '' or volledig.is_volledig as is_volledig,
        volledig.ontbreekt,
        ontbrekende_registers.indicator is not null as mist_register
    from opgeteld
    inner join indicatoren
        on
            opgeteld.indicator = indicatoren.indicator
            and opgeteld.onderdeel = indicatoren.onderdeel
    inner join gebruikte_rollen
        on
            opgeteld.indicator = gebruikte_rollen.indicator
            and opgeteld.onderdeel = gebruikte_rollen.onderdeel
    inner join volledig
        on
            opgeteld.indicator = volledig.indicator
            and opgeteld.onderdeel = volledig.onderdeel
            and opgeteld.gemeente_code = volledig.gemeente_code
            and opgeteld.peildatum = volledig.peildatum
    left join ontbrekende_registers
        on
            opgeteld.indicator = ontbrekende_registers.indicator
            and opgeteld.onderdeel = ontbrekende_registers.onderdeel
    where opgeteld.teller is not null
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
