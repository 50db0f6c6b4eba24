with certificaten as (
    {{ accepted_rows('ep_online_certificaat') }}
)

select
    {{ to_date('registratiedatum') }} as registratiedatum,
    {{ to_date('opnamedatum') }} as opnamedatum,
    {{ to_date('geldig_tot') }} as geldig_tot,
    {{ to_text('certificaathouder') }} as certificaathouder,
    {{ to_text('soort_opname') }} as soort_opname,
    {{ to_text('status') }} as status,
    {{ to_text('berekeningstype') }} as berekeningstype,
    {{ to_text('op_basis_van_referentiegebouw') }} as op_basis_van_referentiegebouw,
    {{ to_text('gebouwklasse') }} as gebouwklasse,
    {{ to_text('gebouwtype') }} as gebouwtype,
    {{ to_text('gebouwsubtype') }} as gebouwsubtype,
    {{ to_text('sbi_code') }} as sbi_code,
    {{ to_text('postcode') }} as postcode,
    {{ to_text('huisnummer') }} as huisnummer,
    {{ to_text('huisletter') }} as huisletter,
    {{ to_text('huisnummertoevoeging') }} as huisnummertoevoeging,
    {{ to_text('detailaanduiding') }} as detailaanduiding,
    {{ to_text('bag_verblijfsobject_id') }} as bag_verblijfsobject_id,
    {{ to_text('bag_ligplaats_id') }} as bag_ligplaats_id,
    {{ to_text('bag_standplaats_id') }} as bag_standplaats_id,
    {{ to_text('bag_pand_ids') }} as bag_pand_ids,
    {{ to_text('projectnaam') }} as projectnaam,
    {{ to_text('projectobject') }} as projectobject,
    {{ to_integer('bouwjaar') }} as bouwjaar,
    {{ to_numeric('gebruiksoppervlakte_thermische_zone', 10, 2) }} as gebruiksoppervlakte_m2,
    {{ to_numeric('compactheid', 10, 4) }} as compactheid,
    {{ to_text('energieklasse') }} as label_klasse,
    {{ to_numeric('energie_index', 10, 4) }} as energie_index,
    {{ to_numeric('energie_index_emg_forfaitair', 10, 4) }} as energie_index_emg_forfaitair,
    {{ to_numeric('energiebehoefte', 10, 2) }} as energiebehoefte_kwh_m2,
    {{ to_numeric('primaire_fossiele_energie', 10, 2) }} as primaire_fossiele_energie_kwh_m2,
    {{ to_numeric('primaire_fossiele_energie_emg_forfaitair', 10, 2) }}
        as primaire_fossiele_energie_emg_forfaitair_kwh_m2,
    {{ to_numeric('aandeel_hernieuwbare_energie', 10, 2) }} as aandeel_hernieuwbare_energie_pct,
    {{ to_numeric('aandeel_hernieuwbare_energie_emg_forfaitair', 10, 2) }}
        as aandeel_hernieuwbare_energie_emg_forfaitair_pct,
    {{ to_numeric('temperatuuroverschrijding', 10, 2) }} as temperatuuroverschrijding,
    {{ to_numeric('warmtebehoefte', 10, 2) }} as warmtebehoefte_kwh_m2,
    {{ to_numeric('eis_energiebehoefte', 10, 2) }} as eis_energiebehoefte_kwh_m2,
    {{ to_numeric('eis_primaire_fossiele_energie', 10, 2) }}
        as eis_primaire_fossiele_energie_kwh_m2,
    {{ to_numeric('eis_aandeel_hernieuwbare_energie', 10, 2) }}
        as eis_aandeel_hernieuwbare_energie_pct,
    {{ to_numeric('eis_temperatuuroverschrijding', 10, 2) }} as eis_temperatuuroverschrijding,
    {{ to_numeric('berekende_co2_emissie', 14, 2) }} as berekende_co2_emissie,
    {{ to_numeric('berekende_energieverbruik', 14, 2) }} as berekend_energieverbruik,
    _landing_id,
    _row_number
from certificaten
