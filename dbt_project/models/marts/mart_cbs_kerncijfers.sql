with cijfers as (
    select * from {{ ref('int_cbs_cijfers') }}
),

gebieden as (
    select * from {{ ref('int_gebieden') }}
),

kerncijfers as (
    select
        cijfers.reeks,
        cijfers.onderwerp,
        cijfers.onderwerp_titel,
        cijfers.uitsplitsing,
        cijfers.gebied_soort,
        cijfers.gebied_code,
        coalesce(gebieden.gebied_naam, cijfers.gebied_code) as gebied_naam,
        gebieden.wijk_naam,
        extract(year from cijfers.periode_van)::integer as jaar,
        cijfers.periode,
        cijfers.periode_van,
        cijfers.periode_tot,
        cijfers.waarde,
        cijfers.eenheid,
        cijfers.status,
        coalesce(cijfers.status in ('Voorlopig', 'NaderVoorlopig'), false) as is_voorlopig,
        cijfers.tabel,
        cijfers.tabel_titel,
        cijfers.bijgewerkt_op
    from cijfers
    left join gebieden on cijfers.gebied_code = gebieden.gebied_code
)

select * from kerncijfers
