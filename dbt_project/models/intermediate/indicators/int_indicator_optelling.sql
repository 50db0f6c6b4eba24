{{ config(post_hook='analyze {{ this }}') }}

with

termen as (
    select * from {{ ref('int_indicator_termen') }}
),

onderdelen as (
    select * from {{ ref('int_indicator_onderdelen') }}
),

sommen as (
    select * from {{ ref('int_indicator_sommen') }}
),

aanwezig as (
    select distinct
        bron,
        periode_tot as peildatum,
        gemeente_code,
        gebied_soort,
        gebied_code,
        corporatie_code
    from {{ ref('int_maten_per_gebied') }}
),

-- by the catalogue, not by the rows that came: who delivered and has no such home counts as 0; who
-- has nothing at all in an area gets no row
nullen as (
    select
        onderdelen.indicator,
        onderdelen.onderdeel,
        'nul' as rol,
        aanwezig.peildatum,
        aanwezig.gemeente_code,
        aanwezig.gebied_soort,
        aanwezig.gebied_code,
        aanwezig.corporatie_code,
        0::numeric(18, 4) as waarde
    from onderdelen
    inner join aanwezig on aanwezig.bron = any(string_to_array(onderdelen.bronnen, ' '))
    where onderdelen.oprol <> 'zoals geleverd'
),

verenigd as (
    select
        termen.indicator,
        termen.onderdeel,
        termen.rol,
        sommen.peildatum,
        sommen.gemeente_code,
        sommen.gebied_soort,
        sommen.gebied_code,
        sommen.corporatie_code,
        sommen.waarde
    from termen
    inner join sommen on termen.som = sommen.som
    union all
    select * from nullen
),

-- a role has one row a scope, already summed: max only picks it, and costs half of what sum does
opgeteld as (
    select
        indicator,
        onderdeel,
        peildatum,
        gemeente_code,
        gebied_soort,
        gebied_code,
        corporatie_code,
        coalesce(
            max(waarde) filter (where rol = 'teller'),
            max(waarde) filter (where rol = 'nul')
        ) as teller,
        max(waarde) filter (where rol = 'noemer') as noemer,
        max(waarde) filter (where rol = 'bekend') as bekend,
        max(waarde) filter (where rol = 'totaal') as totaal,
        max(waarde) filter (where rol = 'vergelijk_teller') as vergelijk_teller,
        max(waarde) filter (where rol = 'vergelijk_noemer') as vergelijk_noemer
    from verenigd
    group by indicator, onderdeel, peildatum, gemeente_code, gebied_soort, gebied_code, corporatie_code
)

select * from opgeteld
where teller is not null
