-- A measure that measures.yml doesn't list can't be used by any indicator: a misspelling, or forgotten.
select distinct
    maten.maat_code,
    maten.onderdeel
from {{ ref('int_maten') }} as maten
left join {{ source('reference', 'maat') }} as maat
    on
        maten.maat_code = maat.maat_code
        and maten.onderdeel = maat.onderdeel
where maat.maat_code is null
