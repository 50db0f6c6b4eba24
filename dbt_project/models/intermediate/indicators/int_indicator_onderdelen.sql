{{ config(post_hook='analyze {{ this }}') }}

with

onderdelen as (
    select
        onderdeel.indicator,
        onderdeel.onderdeel,
        indicator.oprol,
        onderdeel.factor,
        onderdeel.dekking_minimum
    from {{ source('reference', 'indicator_onderdeel') }} as onderdeel
    inner join {{ source('reference', 'indicator') }} as indicator on onderdeel.indicator = indicator.code
    where onderdeel.berekend_door = 'maten'
),

termen as (
    select
        term.indicator,
        term.onderdeel,
        term.rol,
        maat.bron,
        maat.rust_op
    from {{ source('reference', 'indicator_term') }} as term
    inner join {{ source('reference', 'maat') }} as maat
        on
            term.maat_code = maat.maat_code
            and term.maat_onderdeel = maat.onderdeel
),

registers as (
    select distinct source as register
    from {{ source('ops', 'landing_in_use') }}
),

-- without the register no home has a label, and none would be E, F or G
samengevat as (
    select
        termen.indicator,
        termen.onderdeel,
        bool_or(termen.rol = 'noemer') as heeft_noemer,
        bool_or(termen.rol = 'totaal') as heeft_dekking,
        bool_or(termen.rol = 'vergelijk_noemer') as heeft_vergelijking,
        bool_or(termen.rust_op is not null) as is_uit_register,
        bool_or(termen.rust_op is not null and registers.register is null) as mist_register,
        string_agg(distinct termen.bron, ' ') filter (where termen.rol = 'teller') as bronnen
    from termen
    left join registers on termen.rust_op = registers.register
    group by termen.indicator, termen.onderdeel
)

select
    onderdelen.indicator,
    onderdelen.onderdeel,
    onderdelen.oprol,
    onderdelen.factor,
    onderdelen.dekking_minimum,
    samengevat.heeft_noemer,
    samengevat.heeft_dekking,
    samengevat.heeft_vergelijking,
    samengevat.is_uit_register,
    samengevat.mist_register,
    samengevat.bronnen
from onderdelen
inner join samengevat
    on
        onderdelen.indicator = samengevat.indicator
        and onderdelen.onderdeel = samengevat.onderdeel
