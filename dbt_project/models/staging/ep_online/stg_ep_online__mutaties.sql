with mutaties as (
    {{ accepted_rows('ep_online_mutatie') }}
)

select
    case when pg_input_is_valid(volgnummer, 'bigint') then cast(volgnummer as bigint) end as volgnummer,
    {{ to_text('stuurcode') }} as stuurcode,
    {{ certificate_columns() }},
    _landing_id,
    _row_number
from mutaties
