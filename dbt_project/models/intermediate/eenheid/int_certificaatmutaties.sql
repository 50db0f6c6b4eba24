with totaalbestanden as (
    select
        max(published_on) as gepubliceerd_op,
        max(cast(nullif(split_part(publisher_version, '|', 2), '') as bigint)) as laatste_nummer
    from {{ source('ops', 'landing_in_use') }}
    where source = 'ep_online'
),

dagbestanden as (
    select
        landing_id,
        cast(part as date) as dag,
        cast(nullif(split_part(publisher_version, '|', 2), '') as bigint) as eerste_nummer,
        cast(nullif(split_part(publisher_version, '|', 3), '') as bigint) as laatste_nummer
    from {{ source('ops', 'landing_in_use') }}
    where source = 'ep_online_mutations'
),

-- the file of the day before the total file may end after that was made
reeks as (
    select
        dagbestanden.landing_id,
        dagbestanden.dag,
        dagbestanden.eerste_nummer > 1 + greatest(
            totaalbestanden.laatste_nummer,
            max(dagbestanden.laatste_nummer) over (
                order by dagbestanden.dag rows between unbounded preceding and 1 preceding
            )
        ) as begint_na_gat
    from dagbestanden
    inner join totaalbestanden on dagbestanden.dag >= totaalbestanden.gepubliceerd_op - 1
),

gevolgd as (
    select
        landing_id,
        bool_or(begint_na_gat) over (order by dag) as is_na_gat
    from reeks
),

mutaties as (
    select
        *,
        row_number() over (partition by volgnummer order by _landing_id, _row_number) as keer
    from {{ ref('stg_ep_online__mutaties') }}
),

beoordeeld as (
    select
        mutaties.volgnummer,
        mutaties.stuurcode,
        mutaties.registratiedatum,
        mutaties.opnamedatum,
        mutaties.geldig_tot,
        mutaties.berekeningstype,
        mutaties.gebouwklasse,
        mutaties.postcode,
        mutaties.huisnummer,
        mutaties.huisletter,
        mutaties.huisnummertoevoeging,
        mutaties.detailaanduiding,
        mutaties.bag_verblijfsobject_id,
        mutaties.bag_ligplaats_id,
        mutaties.bag_standplaats_id,
        mutaties.label_klasse,
        mutaties.primaire_fossiele_energie_kwh_m2,
        mutaties.primaire_fossiele_energie_emg_forfaitair_kwh_m2,
        mutaties.warmtebehoefte_kwh_m2,
        mutaties.compactheid,
        mutaties.gebruiksoppervlakte_m2,
        mutaties._landing_id,
        mutaties._row_number,
        case
            when totaalbestanden.laatste_nummer is null then 'totaalbestand zonder nummer'
            when
                gevolgd.landing_id is null
                or mutaties.volgnummer <= totaalbestanden.laatste_nummer
                then 'staat in het totaalbestand'
            when gevolgd.is_na_gat then 'na een gat'
            when mutaties.keer > 1 then 'eerder verwerkt'
        end as niet_verwerkt_reden
    from mutaties
    cross join totaalbestanden
    left join gevolgd on mutaties._landing_id = gevolgd.landing_id
)

select * from beoordeeld
