-- The schemas mirror the flow: raw -> staging -> intermediate -> marts__next -> marts.
create schema if not exists raw authorization monitor_loader;
create schema if not exists reference authorization monitor_owner;
create schema if not exists staging authorization monitor_owner;
create schema if not exists intermediate authorization monitor_owner;
create schema if not exists ops authorization monitor_owner;
create schema if not exists history authorization monitor_owner;
create schema if not exists monitor authorization monitor_owner;
create schema if not exists marts authorization monitor_owner;

-- the transformer makes marts__next
do $$ begin execute format('grant create on database %I to monitor_owner', current_database()); end $$;
revoke create on schema public from public;

grant usage on schema raw to monitor_owner;
alter default privileges for role monitor_loader in schema raw grant select on tables to monitor_owner;

grant usage on schema ops, reference to monitor_loader;
alter default privileges for role monitor_owner in schema ops
    grant select, insert, update, delete on tables to monitor_loader;
alter default privileges for role monitor_owner in schema reference
    grant select on tables to monitor_loader;

grant usage on schema marts, monitor to monitor_reader;
alter default privileges for role monitor_owner in schema monitor
    grant select on tables to monitor_reader;
