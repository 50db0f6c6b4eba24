with adressen as (
    {{ accepted_rows('cbs_pc6hnr') }}
)

select
    upper({{ to_text('pc6') }}) as postcode,
    ltrim({{ to_text('huisnummer') }}, '0') as huisnummer,
    'BU' || lpad({{ to_text('buurt') }}, 8, '0') as buurt_code,
    'WK' || lpad({{ to_text('wijk') }}, 6, '0') as wijk_code,
    'GM' || lpad({{ to_text('gemeente') }}, 4, '0') as gemeente_code,
    _landing_id,
    _row_number
from adressen
