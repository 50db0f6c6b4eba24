-- made from ingestion/contracts/afspraak.odcs.yaml; change it there, then run `afspraken contracts`
with afspraken as (
    {{ accepted_rows('levering_afspraak') }}
)

select
    {{ to_text('afspraak_id') }} as afspraak_id,
    {{ to_integer('versie') }} as versie,
    {{ to_text('nummer') }} as nummer,
    {{ to_text('niveau') }} as niveau,
    {{ to_text('bovenliggende_afspraak_id') }} as bovenliggende_afspraak_id,
    {{ to_text('thema') }} as thema,
    {{ to_text('tekst') }} as tekst,
    {{ to_text('tekst_bron') }} as tekst_bron,
    {{ to_text('soort') }} as soort,
    {{ to_text('partijen') }} as partijen,
    {{ to_date('geldig_van') }} as geldig_van,
    {{ to_date('geldig_tot') }} as geldig_tot,
    {{ to_text('status') }} as status,
    {{ to_text('besluit_ref') }} as besluit_ref,
    {{ to_date('ondertekend_op') }} as ondertekend_op,
    _landing_id,
    _row_number
from afspraken
