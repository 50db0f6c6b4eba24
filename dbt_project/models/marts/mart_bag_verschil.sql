with verschillen as (
    select * from {{ ref('int_bag_verschillen') }}
),

corporaties as (
    select * from {{ ref('dim_corporatie') }}
),

eenheden as (
    select * from {{ ref('int_eenheid_gebied') }}
)

select
    verschillen.corporatie_code,
    corporaties.corporatie_naam,
    verschillen.eenheid_id,
    verschillen.peildatum,
    verschillen.bag_object_id,
    eenheden.buurt_code,
    verschillen.soort_verschil,
    verschillen.geleverd,
    verschillen.in_bag,
    verschillen._landing_id as landing_id,
    verschillen._row_number as row_number
from verschillen
inner join eenheden
    on
        verschillen._landing_id = eenheden._landing_id
        and verschillen._row_number = eenheden._row_number
left join corporaties on verschillen.corporatie_code = corporaties.corporatie_code
