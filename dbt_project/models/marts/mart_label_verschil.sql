with woningen as (
    select
        eenheden.peildatum,
        eenheden.corporatie_code,
        eenheden.eenheid_id,
        eenheden.bag_object_id,
        eenheden.wijk_code,
        labels.label_klasse,
        labels.label_stand,
        labels.label_registratiedatum,
        labels.ep2_kwh_m2,
        labels.klasse_herrekend,
        labels.klasse_wijkt_af,
        leveringen.geleverde_label_registratiedatum,
        -- VERA writes A+ to A++++ in letters; a provisional label was never registered
        case
            when leveringen.geleverde_label_soort = 'VEL' then null
            when leveringen.geleverde_label_status = 'VOO' then null
            when leveringen.geleverde_label_klasse = 'AP' then 'A+'
            when leveringen.geleverde_label_klasse = 'APP' then 'A++'
            when leveringen.geleverde_label_klasse = 'AP3' then 'A+++'
            when leveringen.geleverde_label_klasse = 'AP4' then 'A++++'
            else leveringen.geleverde_label_klasse
        end as geleverde_klasse
    from {{ ref('int_eenheden') }} as eenheden
    inner join {{ ref('int_peildata') }} as peildata
        on eenheden.peildatum = peildata.peildatum and peildata.is_laatste
    inner join {{ ref('int_eenheid_label') }} as labels
        on
            eenheden._landing_id = labels._landing_id
            and eenheden._row_number = labels._row_number
    inner join {{ ref('stg_levering__eenheden') }} as leveringen
        on
            eenheden._landing_id = leveringen._landing_id
            and eenheden._row_number = leveringen._row_number
    where eenheden.is_pop_b
),

corporaties as (
    select * from {{ ref('stg_reference__partijen') }}
),

verschillen as (
    select
        *,
        'geleverd anders dan register' as verschil,
        'corporatie' as aan_zet,
        'Het register telt. Neem de klasse van het register over, of laat het certificaat herstellen.'
            as toelichting
    from woningen
    where geleverde_klasse <> label_klasse
    union all
    select
        *,
        'geleverd, niet in register' as verschil,
        'corporatie' as aan_zet,
        'Er is geen certificaat gevonden: laat het registreren, of controleer BAG-nummer en adres.'
            as toelichting
    from woningen
    where geleverde_klasse is not null and label_klasse is null
    union all
    select
        *,
        'register anders dan herrekend' as verschil,
        'certificaathouder' as aan_zet,
        'De klasse past niet bij het energiegebruik op het certificaat; de geregistreerde klasse telt.'
            as toelichting
    from woningen
    where klasse_wijkt_af
    union all
    select
        *,
        'certificaat niet van een woning' as verschil,
        'corporatie' as aan_zet,
        'Op dit BAG-nummer of adres staat alleen een certificaat van een ander gebouw.' as toelichting
    from woningen
    where label_stand = 'niet van een woning'
),

verschillen_met_naam as (
    select
        verschillen.peildatum,
        verschillen.corporatie_code,
        coalesce(corporaties.naam, verschillen.corporatie_code)::text as corporatie_naam,
        verschillen.eenheid_id,
        verschillen.bag_object_id::text as bag_object_id,
        verschillen.wijk_code::text as wijk_code,
        verschillen.verschil,
        verschillen.geleverde_klasse::text as geleverde_klasse,
        verschillen.geleverde_label_registratiedatum as geleverde_registratiedatum,
        verschillen.label_klasse as register_klasse,
        verschillen.label_registratiedatum as register_registratiedatum,
        verschillen.klasse_herrekend::text as klasse_herrekend,
        verschillen.ep2_kwh_m2::numeric(10, 2) as ep2_kwh_m2,
        verschillen.aan_zet,
        verschillen.toelichting
    from verschillen
    left join corporaties on verschillen.corporatie_code = corporaties.partij_code
)

select * from verschillen_met_naam
