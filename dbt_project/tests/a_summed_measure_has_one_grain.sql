-- A measure that is summed to larger areas would count twice if it came at two levels.
select
    maten.maat_code,
    maten.periode_tot,
    maten.gemeente_code,
    count(distinct maten.gebied_soort) as niveaus
from {{ ref('int_maten') }} as maten
inner join {{ source('reference', 'maat') }} as maat
    on
        maten.maat_code = maat.maat_code
        and maten.onderdeel = maat.onderdeel
where maat.korrel = 'fijnste'
group by 1, 2, 3
having count(distinct maten.gebied_soort) > 1
