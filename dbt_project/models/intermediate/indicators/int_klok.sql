-- The night's own day: ages are counted from it, so that a sample stays as old as it was.
select coalesce(max(started_at), now())::date as vandaag
from {{ source('ops', 'run') }}
