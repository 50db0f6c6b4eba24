-- Views that are never swapped, so that a night that was held back is visible on the dashboards too.
-- They read ops and reference, never marts: a renamed schema would keep them on the old copy.

create or replace view monitor.publicatie as
with laatste_publicatie as (
    select *
    from ops.publication
    order by publication_id desc
    limit 1
),

laatste_nacht as (
    select *
    from ops.run
    order by recorded_at desc
    limit 1
)

select
    p.published_at as gepubliceerd_op,
    to_char(p.published_at at time zone 'Europe/Amsterdam', 'DD-MM-YYYY HH24:MI') as gepubliceerd_tekst,
    p.run_id,
    p.code_version as codeversie,
    p.is_sample as is_voorbeelddata,
    case when p.is_sample then 'VOORBEELDDATA: corporaties en leveringen zijn verzonnen' else 'Echte leveringen' end
        as soort_gegevens,
    n.started_at as laatste_nacht_op,
    case
        when n.outcome = 'published' then 'De laatste nacht is gepubliceerd.'
        when n.outcome is null then 'Er loopt een verversing.'
        else 'De laatste nacht is niet gepubliceerd; u ziet de vorige stand. ' || coalesce(n.message, '')
    end as toelichting
from laatste_publicatie as p
cross join laatste_nacht as n;

create or replace view monitor.bron_versheid as
with klok as (
    select coalesce(max(started_at), now()) as nu
    from ops.run
),

laatste_per_deel as (
    select distinct on (source, part)
        source,
        checked_at,
        outcome,
        message
    from ops.source_check
    order by source asc, part asc, recorded_at desc
),

-- a source of many parts is as good as the worst of its last round; a part that is asked no more is
-- left behind by the next rounds
laatste_controle as (
    select distinct on (deel.source) deel.*
    from laatste_per_deel as deel
    inner join (
        select
            source,
            max(checked_at) as checked_at
        from laatste_per_deel
        group by source
    ) as laatste
        on deel.source = laatste.source and deel.checked_at > laatste.checked_at - interval '6 hours'
    order by deel.source asc, (deel.outcome = 'failed') desc, deel.checked_at desc
),

in_gebruik as (
    select
        source,
        max(coalesce(published_on, peildatum, landed_at::date)) as gegevens_van,
        max(landed_at) as opgehaald_op
    from ops.landing_in_use
    group by source
)

select
    s.source as bron,
    s.title as titel,
    s.publisher as uitgever,
    g.gegevens_van,
    c.checked_at as laatst_gecontroleerd,
    k.nu::date - g.gegevens_van as leeftijd_dagen,
    s.cadence_days as verwacht_elke_dagen,
    case
        when g.gegevens_van is null then 'geen gegevens'
        when c.outcome = 'failed' then 'niet bereikbaar'
        when k.nu::date - g.gegevens_van > s.cadence_days then 'oud'
        else 'actueel'
    end as oordeel,
    case
        when g.gegevens_van is null then '∅'
        when c.outcome = 'failed' then '!'
        when k.nu::date - g.gegevens_van > s.cadence_days then '!'
        else '✓'
    end as teken,
    case when c.outcome = 'failed' then c.message end as melding
from ops.source as s
cross join klok as k
left join laatste_controle as c on s.source = c.source
left join in_gebruik as g on s.source = g.source;

create or replace view monitor.levering as
select
    d.sender as corporatie_code,
    coalesce(p.naam, d.sender) as corporatie_naam,
    d.peildatum,
    d.delivery_id as levering_id,
    d.kind as soort,
    d.received_at as ontvangen_op,
    d.due_on as uiterlijk_op,
    greatest(d.received_at::date - d.due_on, 0) as dagen_te_laat,
    case d.state
        when 'accepted' then 'aanvaard'
        when 'accepted_with_remarks' then 'aanvaard met opmerkingen'
        when 'refused' then 'geweigerd'
        when 'held_back' then 'aangehouden'
        when 'withdrawn' then 'ingetrokken'
        when 'repeated' then 'al bekend'
        else 'ontvangen'
    end as stand_woord,
    case d.state
        when 'accepted' then '✓'
        when 'accepted_with_remarks' then '✓!'
        when 'refused' then '✗'
        when 'held_back' then '‖'
        when 'withdrawn' then '↶'
        when 'repeated' then '='
        else '…'
    end as stand_teken,
    d.rows as rijen,
    d.rejected_rows as afgekeurd,
    d.reason as reden,
    exists (
        select 1 from ops.landing_in_use as u
        where u.delivery_id = d.delivery_id
    ) as in_gebruik,
    m.state = 'sent' as is_gemaild,
    m.last_error as mail_melding
from ops.delivery as d
left join reference.partij as p on d.sender = p.partij_code
left join lateral (
    select
        state,
        last_error
    from ops.mail
    where d.delivery_id = ops.mail.delivery_id
    order by mail_id desc
    limit 1
) as m on true;

create or replace view monitor.afgekeurde_rij as
select
    l.sender as corporatie_code,
    l.peildatum,
    l.file_name as bestand,
    q.row_number as rij,
    q.column_name as kolom,
    q.value as waarde,
    q.rule_id as regel,
    q.message as melding
from ops.quarantine as q
inner join ops.landing as l on q.landing_id = l.landing_id;

create or replace view monitor.herstelde_cel as
select
    l.sender as corporatie_code,
    l.peildatum,
    l.delivery_id as levering_id,
    l.file_name as bestand,
    m.row_number as rij,
    m.column_name as kolom,
    m.given as geleverd,
    m.used as gebruikt,
    m.kind as soort,
    m.message as melding
from ops.mend as m
inner join ops.landing as l on m.landing_id = l.landing_id;

create or replace view monitor.modelresultaat as
select
    run_id,
    node as model,
    resource_type as soort,
    status,
    seconds as seconden,
    rows as rijen,
    message as melding
from ops.model_result;
