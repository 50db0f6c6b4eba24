-- The loader writes raw and ops; the owner builds and publishes (renaming a schema needs ownership,
-- so the two steps share it); the reader sees marts and monitor, nothing else.
-- {reader_password} is filled in by afspraken.migrate.
do $$
declare
    step text;
begin
    foreach step in array array['monitor_owner', 'monitor_loader'] loop
        if not exists (select from pg_roles where rolname = step) then
            execute format('create role %I nologin', step);
        end if;
    end loop;
    if not exists (select from pg_roles where rolname = 'monitor_reader') then
        create role monitor_reader login;
    end if;
    -- Postgres 16 and later: who makes a role may act as it only when told so
    execute format('grant monitor_owner, monitor_loader, monitor_reader to %I with set true, inherit true', current_user);
end
$$;

alter role monitor_reader password {reader_password};
alter role monitor_reader set default_transaction_read_only = on;
alter role monitor_reader set statement_timeout = '30s';
