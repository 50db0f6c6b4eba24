with

verdeling as (
    select * from {{ ref('mart_indicator') }}
    where indicator = 'K26' and onderdeel like 'label\_%' and gebied_soort = 'gemeente'
),

labels as (
    select
        peildatum,
        is_laatste,
        corporatie_code,
        corporatie_naam,
        replace(onderdeel, 'label_', '') as label,
        (dense_rank() over (order by onderdeel_volgorde))::integer as label_volgorde,
        teller::integer as woningen,
        waarde as aandeel_pct
    from verdeling
)

select * from labels
