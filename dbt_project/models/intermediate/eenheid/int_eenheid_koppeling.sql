-- materialized: the keys are worked out once, not again for every join
with eenheden as materialized (
    select
        _landing_id,
        _row_number,
        corporatie_code,
        eenheid_id,
        peildatum,
        {{ usable_bag_object_id('bag_object_id') }} as bag_object_id,
        {{ address_key('postcode', 'huisnummer', 'huisletter', 'huisnummertoevoeging') }}
            as adres_sleutel
    from {{ ref('int_eenheid_populatie') }}
),

certificaten as (
    select * from {{ ref('int_certificaten') }}
    where koppel_soort is not null
),

op_bag as (
    select * from certificaten
    where koppel_soort = 'bag'
),

op_adres as (
    select * from certificaten
    where koppel_soort = 'adres'
),

op_opvraging as (
    select * from certificaten
    where koppel_soort = 'opvraging'
),

gekoppeld as (
    select
        eenheden.*,
        coalesce(op_bag.koppel_soort, op_adres.koppel_soort, op_opvraging.koppel_soort, 'geen')
            as koppel_methode,
        coalesce(op_bag._landing_id, op_adres._landing_id, op_opvraging._landing_id)
            as certificaat_landing_id,
        coalesce(op_bag._row_number, op_adres._row_number, op_opvraging._row_number)
            as certificaat_row_number,
        -- what names a home by its address may be about its neighbour
        op_bag._row_number is not null
        or (op_adres._row_number is null and op_opvraging.koppel_sleutel = eenheden.bag_object_id)
            as is_zeker
    from eenheden
    left join op_bag
        on
            eenheden.bag_object_id = op_bag.koppel_sleutel
            and eenheden.peildatum >= op_bag.registratiedatum
            and (op_bag.opgevolgd_op is null or eenheden.peildatum < op_bag.opgevolgd_op)
    left join op_adres
        on
            eenheden.adres_sleutel = op_adres.koppel_sleutel
            and op_bag._row_number is null
            and eenheden.peildatum >= op_adres.registratiedatum
            and (op_adres.opgevolgd_op is null or eenheden.peildatum < op_adres.opgevolgd_op)
    left join op_opvraging
        on
            coalesce(eenheden.bag_object_id, eenheden.adres_sleutel) = op_opvraging.koppel_sleutel
            and op_bag._row_number is null
            and op_adres._row_number is null
            and eenheden.peildatum >= op_opvraging.registratiedatum
            and (
                op_opvraging.opgevolgd_op is null or eenheden.peildatum < op_opvraging.opgevolgd_op
            )
)

select
    corporatie_code,
    eenheid_id,
    peildatum,
    bag_object_id,
    adres_sleutel,
    koppel_methode,
    case when is_zeker then 'zeker' when koppel_methode = 'geen' then 'geen' else 'waarschijnlijk' end
        as koppel_zekerheid,
    certificaat_landing_id,
    certificaat_row_number,
    _landing_id,
    _row_number
from gekoppeld
