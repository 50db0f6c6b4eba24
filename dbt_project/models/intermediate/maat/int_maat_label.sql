with geteld as (
    select
        peildatum,
        gemeente_code,
        buurt_code,
        corporatie_code,
        complex_code,
        count(*) filter (where heeft_label) as geregistreerd,
        count(*) filter (where not heeft_label) as nooit,
        count(*) filter (where is_label_verlopen) as verlopen,
        count(*) filter (where label_klasse = 'A+++++') as label_a_plus5,
        count(*) filter (where label_klasse = 'A++++') as label_a_plus4,
        count(*) filter (where label_klasse = 'A+++') as label_a_plus3,
        count(*) filter (where label_klasse = 'A++') as label_a_plus2,
        count(*) filter (where label_klasse = 'A+') as label_a_plus1,
        count(*) filter (where label_klasse = 'A') as label_a,
        count(*) filter (where label_klasse = 'B') as label_b,
        count(*) filter (where label_klasse = 'C') as label_c,
        count(*) filter (where label_klasse = 'D') as label_d,
        count(*) filter (where label_klasse = 'E') as label_e,
        count(*) filter (where label_klasse = 'F') as label_f,
        count(*) filter (where label_klasse = 'G') as label_g
    from {{ ref('int_eenheden') }}
    where is_pop_b
    group by peildatum, gemeente_code, buurt_code, corporatie_code, complex_code
),

maten as (
    select
        onderdelen.maat_code,
        onderdelen.onderdeel,
        geteld.peildatum as periode_van,
        geteld.peildatum as periode_tot,
        geteld.gemeente_code,
        'buurt' as gebied_soort,
        geteld.buurt_code as gebied_code,
        geteld.corporatie_code,
        geteld.complex_code,
        cast(onderdelen.waarde as numeric(18, 4)) as waarde
    from geteld
    cross join
        lateral (
            values
            ('label_status', 'geregistreerd', geteld.geregistreerd),
            ('label_status', 'nooit', geteld.nooit),
            ('label_status', 'verlopen', geteld.verlopen),
            ('label_klasse', 'A+++++', geteld.label_a_plus5),
            ('label_klasse', 'A++++', geteld.label_a_plus4),
            ('label_klasse', 'A+++', geteld.label_a_plus3),
            ('label_klasse', 'A++', geteld.label_a_plus2),
            ('label_klasse', 'A+', geteld.label_a_plus1),
            ('label_klasse', 'A', geteld.label_a),
            ('label_klasse', 'B', geteld.label_b),
            ('label_klasse', 'C', geteld.label_c),
            ('label_klasse', 'D', geteld.label_d),
            ('label_klasse', 'E', geteld.label_e),
            ('label_klasse', 'F', geteld.label_f),
            ('label_klasse', 'G', geteld.label_g)
        ) as onderdelen (maat_code, onderdeel, waarde)
    where onderdelen.waarde > 0
)

select * from maten
