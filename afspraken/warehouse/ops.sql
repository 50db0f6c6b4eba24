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
    state text not null check (
        state in ('loaded', 'accepted', 'accepted_with_remarks', 'held_back', 'refused')
    ),
    judged_at timestamptz,
    reason text,
    run_id text,
    recorded_at timestamptz not null default now(),
    unique (source, part, sha256)
);
comment on table ops.landing is
'One version of one part of one source: the file that came in, where it is archived (by sha256) and how it was judged.';

create or replace view ops.landing_in_use as
select distinct on (source, part) *
from ops.landing
where state in ('accepted', 'accepted_with_remarks')
order by source, part, landing_id desc;

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
    state text not null check (
        state in ('received', 'accepted', 'accepted_with_remarks', 'refused', 'held_back', 'withdrawn')
    ),
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
