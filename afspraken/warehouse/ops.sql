-- What the monitor knows about its own work: what was landed, how it was judged, what was published.
-- Times follow CLOCK; `recorded_at` is the real clock.

create table if not exists ops.run (
    run_id text primary key,
    started_at timestamptz not null,
    audited_at timestamptz,
    finished_at timestamptz,
    outcome text check (outcome in ('published', 'held_back', 'failed')),
    message text,
    recorded_at timestamptz not null default now()
);

create table if not exists ops.landing (
    landing_id bigint generated always as identity primary key,
    source text not null,
    part text not null,
    sender text,
    peildatum date,
    delivery_id text,
    file_name text not null,
    url text,
    sha256 char(64) not null,
    bytes bigint not null,
    publisher_version text,
    published_on date,
    landed_at timestamptz not null,
    row_count bigint not null,
    state text not null,
    judged_at timestamptz,
    reason text,
    run_id text,
    recorded_at timestamptz not null default now()
);
alter table ops.landing drop constraint if exists landing_state_check;
alter table ops.landing add constraint landing_state_check check (
    state in ('loaded', 'accepted', 'accepted_with_remarks', 'held_back', 'refused', 'withdrawn')
);
-- a publisher's file counts once; a party may go back to a file it delivered, corrected or withdrew
alter table ops.landing drop constraint if exists landing_source_part_sha256_key;
create unique index if not exists landing_of_publisher
on ops.landing (source, part, sha256) where delivery_id is null;
create index if not exists landing_by_part on ops.landing (source, part, sha256);
create index if not exists landing_by_delivery on ops.landing (delivery_id);
comment on table ops.landing is
'One version of one part of one source: the file that came in, where it is archived (by sha256) and how it was judged.';

create or replace view ops.landing_in_use as
with laatste as (
    select distinct on (source, part) *
    from ops.landing
    where state in ('accepted', 'accepted_with_remarks')
    order by source asc, part asc, landing_id desc
)

select *
from laatste
-- what is delivered whole replaces the parts (`sender/peildatum/delivery`) that came before it
where not exists (
    select 1
    from laatste as geheel
    where
        laatste.delivery_id is not null
        and laatste.source = geheel.source
        and geheel.part = laatste.sender || '/' || laatste.peildatum
        and laatste.part <> geheel.part
        and laatste.landing_id < geheel.landing_id
);

create table if not exists ops.source_check (
    source text not null,
    part text not null,
    checked_at timestamptz not null,
    outcome text not null check (outcome in ('new', 'unchanged', 'failed')),
    message text,
    run_id text,
    recorded_at timestamptz not null default now()
);
create index if not exists source_check_by_source on ops.source_check (source, recorded_at desc);

-- the cards of ingestion/sources, so that views and reports know titles and cadence
create table if not exists ops.source (
    source text primary key,
    title text not null,
    publisher text not null,
    licence text not null,
    cadence_days integer not null
);

create table if not exists ops.delivery (
    delivery_id text primary key,
    sender text not null,
    peildatum date,
    kind text,
    received_at timestamptz not null,
    due_on date,
    state text not null,
    rows bigint,
    rejected_rows bigint,
    manifest jsonb,
    receipt_html text,
    receipt_json jsonb,
    replaces text,
    reason text,
    run_id text,
    recorded_at timestamptz not null default now()
);
alter table ops.delivery drop constraint if exists delivery_state_check;
alter table ops.delivery add constraint delivery_state_check check (
    state in (
        'received', 'accepted', 'accepted_with_remarks', 'refused', 'held_back', 'withdrawn', 'repeated'
    )
);
alter table ops.delivery add column if not exists inbox_key char(64);
alter table ops.delivery add column if not exists remarks text[] not null default '{}';
create index if not exists delivery_by_inbox_key on ops.delivery (inbox_key);
comment on column ops.delivery.inbox_key is
'Hash of where it lay in the inbox and of the size and moment of its files: what is known is not opened again.';
comment on column ops.delivery.remarks is
'What was noticed before its rows were judged (Dutch), told on the receipt.';

create table if not exists ops.mend (
    landing_id bigint not null references ops.landing on delete cascade,
    row_number integer not null,
    column_name text not null,
    given text,
    used text,
    kind text not null,
    message text not null,
    primary key (landing_id, row_number, column_name, kind)
);
comment on table ops.mend is
'Cells of which not the delivered text but a mended one was loaded; the archive holds the delivered bytes.';

create table if not exists ops.mail (
    mail_id bigint generated always as identity primary key,
    delivery_id text not null references ops.delivery,
    recipient text not null,
    state text not null default 'waiting' check (state in ('waiting', 'sent', 'given_up')),
    attempts integer not null default 0,
    last_error text,
    sent_at timestamptz,
    recorded_at timestamptz not null default now(),
    unique (delivery_id, recipient)
);
comment on table ops.mail is
'Receipts to be mailed: entered with the receipt, sent afterwards, tried again until it works or is given up.';

create table if not exists ops.quarantine (
    landing_id bigint not null references ops.landing on delete cascade,
    row_number integer not null,
    column_name text not null,
    value text,
    rule_id text not null,
    message text not null,
    primary key (landing_id, row_number, column_name, rule_id)
);

create table if not exists ops.quality_result (
    run_id text,
    checked_at timestamptz not null,
    tool text not null check (tool in ('gx', 'dbt')),
    suite text not null,
    rule_id text not null,
    landing_id bigint references ops.landing on delete cascade,
    subject text,
    severity text not null check (severity in ('blocks', 'warns')),
    passed boolean not null,
    evaluated bigint,
    failed bigint,
    message text,
    recorded_at timestamptz not null default now()
);
create index if not exists quality_result_by_landing on ops.quality_result (landing_id);
create index if not exists quality_result_by_run on ops.quality_result (run_id);

create table if not exists ops.model_result (
    run_id text not null,
    node text not null,
    resource_type text not null,
    status text not null,
    seconds numeric(10, 3) not null,
    rows bigint,
    message text,
    recorded_at timestamptz not null default now(),
    primary key (run_id, node)
);

create table if not exists ops.publication (
    publication_id bigint generated always as identity primary key,
    published_at timestamptz not null,
    run_id text not null,
    code_version text not null,
    municipality text not null,
    is_sample boolean not null,
    recorded_at timestamptz not null default now()
);
