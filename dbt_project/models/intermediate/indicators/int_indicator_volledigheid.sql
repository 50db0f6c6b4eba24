{{ config(post_hook='analyze {{ this }}') }}

-- A total without one of the corporations would look like progress.
select
    onderdelen.indicator,
    onderdelen.onderdeel,
    volledigheid.gemeente_code,
    volledigheid.peildatum,
    bool_and(volledigheid.is_volledig) as is_volledig,
    string_agg(distinct volledigheid.ontbreekt, ', ') as ontbreekt
from {{ ref('int_indicator_onderdelen') }} as onderdelen
inner join {{ ref('int_volledigheid') }} as volledigheid
    on volledigheid.bron = any(string_to_array(onderdelen.bronnen, ' '))
group by onderdelen.indicator, onderdelen.onderdeel, volledigheid.gemeente_code, volledigheid.peildatum
