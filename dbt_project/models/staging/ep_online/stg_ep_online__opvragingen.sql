with opvragingen as (
    {{ accepted_rows('ep_online_opvraging') }}
)

select
    {{ to_text('sleutel') }} as sleutel,
    case when pg_input_is_valid(gevraagd_op, 'timestamptz') then cast(gevraagd_op as timestamptz) end
        as gevraagd_op,
    {{ to_integer('antwoordcode') }} as antwoordcode,
    {{ certificate_columns() }},
    _landing_id,
    _row_number
from opvragingen
