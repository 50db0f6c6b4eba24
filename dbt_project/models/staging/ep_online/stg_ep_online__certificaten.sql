with certificaten as (
    {{ accepted_rows('ep_online_certificaat') }}
)

select
    {{ certificate_columns() }},
    _landing_id,
    _row_number
from certificaten
