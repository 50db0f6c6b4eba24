{{ config(severity='warn') }}

-- New limits come out in November. Until they are in seeds/norm.csv, a peildatum of the new year has
-- no rent classes: no figure, rather than one against the limits of the year before.
select peildata.peildatum
from {{ ref('int_peildata') }} as peildata
left join {{ ref('int_huurklassen') }} as huurklassen
    on
        peildata.peildatum = huurklassen.peildatum
        and huurklassen.meetlat = 'actueel'
where huurklassen.peildatum is null
