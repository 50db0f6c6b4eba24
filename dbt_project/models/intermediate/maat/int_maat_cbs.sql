with cijfers as (
    select * from {{ ref('int_cbs_cijfers') }}
),

cbs_maten as (
    select * from {{ ref('cbs_maat') }}
),

-- in some editions CBS gives homes where it gave percentages before
in_eenheid as (
    select
        cbs_maten.maat_code,
        cijfers.periode_van as peildatum,
        cijfers.gemeente_code,
        cijfers.gebied_soort,
        cijfers.gebied_code,
        case
            when cijfers.eenheid = cbs_maten.eenheid then cijfers.waarde
            when cijfers.eenheid = 'aantal' and cbs_maten.eenheid = '%'
                then round(100 * cijfers.waarde / nullif(geheel.waarde, 0), 4)
        end as waarde
    from cijfers
    inner join cbs_maten
        on
            cijfers.reeks = cbs_maten.reeks
            and cijfers.onderwerp = cbs_maten.onderwerp
            and cijfers.uitsplitsing = cbs_maten.uitsplitsing
    left join cijfers as geheel
        on
            cbs_maten.deel_van = geheel.onderwerp
            and cijfers.reeks = geheel.reeks
            and cijfers.tabel = geheel.tabel
            and cijfers.uitsplitsing = geheel.uitsplitsing
            and cijfers.gebied_code = geheel.gebied_code
            and cijfers.periode = geheel.periode
            and geheel.eenheid = 'aantal'
),

maten as (
    select
        maat_code,
        'totaal' as onderdeel,
        peildatum as periode_van,
        peildatum as periode_tot,
        gemeente_code,
        gebied_soort,
        gebied_code,
        cast(null as text) as corporatie_code,
        cast(null as text) as complex_code,
        waarde
    from in_eenheid
    where waarde is not null
)

select * from maten
