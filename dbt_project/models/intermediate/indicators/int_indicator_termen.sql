{{ config(post_hook='analyze {{ this }}') }}

-- Which sum each part of an indicator is. Equal sums (a denominator that ten classes share) have one
-- name, so that they are added up once.
with

termen as (
    select * from {{ source('reference', 'indicator_term') }}
),

indicatoren as (
    select
        code as indicator,
        oprol = 'zoals geleverd' as zoals_geleverd
    from {{ source('reference', 'indicator') }}
),

benoemd as (
    select
        termen.indicator,
        termen.onderdeel,
        termen.rol,
        indicatoren.zoals_geleverd,
        md5(
            indicatoren.zoals_geleverd::text || string_agg(
                concat_ws('|', termen.maat_code, termen.maat_onderdeel, termen.venster, termen.gewicht),
                ',' order by termen.maat_code, termen.maat_onderdeel, termen.venster
            )
        ) as som
    from termen
    inner join indicatoren on termen.indicator = indicatoren.indicator
    group by termen.indicator, termen.onderdeel, termen.rol, indicatoren.zoals_geleverd
)

select * from benoemd
