-- A database as a hosted project has it before its first migration: owner, schemas, extensions, publication, and the
-- triggers that tell REST of a changed schema. Run by the superuser `supabase_admin`.

do $$
begin
    execute format('alter database %I owner to postgres', current_database());
    execute format('grant all on database %I to postgres', current_database());
    execute format('grant create on database %I to supabase_auth_admin, supabase_storage_admin', current_database());
    execute format('alter database %I set search_path = "$user", public, extensions', current_database());
end
$$;

-- New tables in `public` get no automatic grants: that is how hosted projects are set up since October 2026.
grant usage on schema public to postgres, anon, authenticated, service_role;

create schema extensions;
grant usage on schema extensions to anon, authenticated, service_role;
grant all on schema extensions to postgres;
alter default privileges in schema extensions grant all on tables to postgres with grant option;
alter default privileges in schema extensions grant all on routines to postgres with grant option;
alter default privileges in schema extensions grant all on sequences to postgres with grant option;
create extension "uuid-ossp" with schema extensions;
create extension pgcrypto with schema extensions;

do $$
begin
    -- It only works when the server has loaded its library.
    if current_setting('shared_preload_libraries') like '%pg_stat_statements%' then
        create extension pg_stat_statements with schema extensions;
    end if;
end
$$;

create schema auth;
grant usage on schema auth to anon, authenticated, service_role, postgres;
grant all on schema auth to supabase_auth_admin;

create schema storage;
grant usage on schema storage to anon, authenticated, service_role;
grant usage on schema storage to postgres with grant option;
grant all on schema storage to supabase_storage_admin with grant option;
alter default privileges for role supabase_storage_admin in schema storage
    grant all on tables to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_storage_admin in schema storage
    grant all on routines to postgres, anon, authenticated, service_role;
alter default privileges for role supabase_storage_admin in schema storage
    grant all on sequences to postgres, anon, authenticated, service_role;

create publication supabase_realtime;
alter publication supabase_realtime owner to postgres;

-- REST reads its picture of the schema again after any change to it.
create function extensions.pgrst_ddl_watch()
returns event_trigger
volatile
set search_path = ''
language plpgsql
as $$
begin
    if exists (
        select
        from pg_event_trigger_ddl_commands() as command
        where coalesce(command.schema_name, '') not in ('pg_temp', 'auth', 'storage')
            and command.object_identity not like '% pg\_temp.%'
    ) then
        notify pgrst, 'reload schema';
    end if;
end
$$;

create function extensions.pgrst_drop_watch()
returns event_trigger
volatile
set search_path = ''
language plpgsql
as $$
begin
    if exists (
        select
        from pg_event_trigger_dropped_objects() as dropped
        where not dropped.is_temporary
            and coalesce(dropped.schema_name, '') not in ('auth', 'storage')
    ) then
        notify pgrst, 'reload schema';
    end if;
end
$$;

create event trigger pgrst_ddl_watch on ddl_command_end
    when tag in (
        'CREATE SCHEMA', 'ALTER SCHEMA',
        'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'ALTER TABLE',
        'CREATE FOREIGN TABLE', 'ALTER FOREIGN TABLE',
        'CREATE VIEW', 'ALTER VIEW',
        'CREATE MATERIALIZED VIEW', 'ALTER MATERIALIZED VIEW',
        'CREATE FUNCTION', 'ALTER FUNCTION',
        'CREATE TRIGGER', 'CREATE TYPE', 'ALTER TYPE', 'CREATE RULE', 'COMMENT'
    )
    execute function extensions.pgrst_ddl_watch();

create event trigger pgrst_drop_watch on sql_drop
    execute function extensions.pgrst_drop_watch();
