with woningen as (
    select
        eenheden.peildatum,
        eenheden.corporatie_code,
        eenheden.eenheid_id,
        koppeling.bag_object_id,
        koppeling.adres_sleutel,
        koppeling.certificaat_landing_id,
        koppeling.certificaat_row_number
    from {{ ref('int_eenheden') }} as eenheden
    inner join {{ ref('int_eenheid_koppeling') }} as koppeling
        on
            eenheden._landing_id = koppeling._landing_id
            and eenheden._row_number = koppeling._row_number
    inner join {{ ref('int_peildata') }} as peildata
        on eenheden.peildatum = peildata.peildatum and peildata.is_laatste
    where eenheden.is_pop_b
),

certificaten as (
    select
        *,
        coalesce(koppel_sleutel, bag_object_id, adres_sleutel) as sleutel
    from {{ ref('int_certificaten') }}
),

corporaties as (
    select * from {{ ref('stg_reference__partijen') }}
),

gevonden as (
    select
        woningen.*,
        certificaten._landing_id,
        certificaten._row_number
    from woningen
    inner join certificaten on woningen.bag_object_id = certificaten.sleutel
    union
    select
        woningen.*,
        certificaten._landing_id,
        certificaten._row_number
    from woningen
    inner join certificaten on woningen.adres_sleutel = certificaten.sleutel
),

certificaten_van_woningen as (
    select
        gevonden.peildatum,
        gevonden.corporatie_code,
        coalesce(corporaties.naam, gevonden.corporatie_code)::text as corporatie_naam,
        gevonden.eenheid_id,
        gevonden.bag_object_id::text as bag_object_id,
        certificaten.registratiedatum,
        certificaten.opnamedatum,
        certificaten.geldig_tot,
        certificaten.label_klasse,
        certificaten.stelsel::text as stelsel,
        certificaten.ep2_kwh_m2::numeric(10, 2) as ep2_kwh_m2,
        certificaten.klasse_herrekend::text as klasse_herrekend,
        certificaten.bron,
        coalesce(
            gevonden.certificaat_landing_id = certificaten._landing_id
            and gevonden.certificaat_row_number = certificaten._row_number,
            false
        ) as telt,
        case
            when
                gevonden.certificaat_landing_id = certificaten._landing_id
                and gevonden.certificaat_row_number = certificaten._row_number
                then
                    case
                        when certificaten.geldig_tot < gevonden.peildatum
                            then 'telt; verlopen na ' || {{ nl_datum('certificaten.geldig_tot') }}
                        else 'telt'
                    end
            when certificaten.ingetrokken_door is not null
                then 'ingetrokken door mutatie ' || certificaten.ingetrokken_door
            when certificaten.niet_koppelbaar_reden is not null
                then certificaten.niet_koppelbaar_reden
            when certificaten.registratiedatum > gevonden.peildatum
                then 'geregistreerd na de peildatum'
            when certificaten.opgevolgd_op <= gevonden.peildatum
                then 'vervangen op ' || {{ nl_datum('certificaten.opgevolgd_op') }}
            else 'de woning is met meer zekerheid bij een ander certificaat gevonden'
        end as reden,
        certificaten._landing_id as landing_id,
        certificaten._row_number as rij
    from gevonden
    inner join certificaten
        on
            gevonden._landing_id = certificaten._landing_id
            and gevonden._row_number = certificaten._row_number
    left join corporaties on gevonden.corporatie_code = corporaties.partij_code
)

select * from certificaten_van_woningen
