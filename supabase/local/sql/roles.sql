-- The roles of a hosted project, for the whole cluster. Run by the superuser `supabase_admin`.
-- `:password` stands for the password of every role that may log in.

-- Owns the database and what migrations create; not a superuser.
create role postgres with
    login createdb createrole replication bypassrls nosuperuser
    password :password;

-- The roles a request runs as.
create role anon with nologin inherit;
create role authenticated with nologin inherit;
create role service_role with nologin inherit bypassrls;

-- The role REST logs in as before it switches to one of the above.
create role authenticator with login noinherit password :password;
grant anon, authenticated, service_role to authenticator;

create role supabase_auth_admin with login noinherit password :password;
create role supabase_storage_admin with login noinherit password :password;
grant authenticator to supabase_storage_admin;

grant pg_monitor, pg_read_all_data, pg_signal_backend to postgres;
grant anon, authenticated, service_role to postgres with admin option;

-- Short time-outs for what the API runs.
alter role anon set statement_timeout = '3s';
alter role authenticated set statement_timeout = '8s';
alter role authenticator set statement_timeout = '8s';
alter role authenticator set lock_timeout = '8s';

alter role supabase_admin set search_path = "$user", public, auth, extensions;
alter role postgres set search_path = "$user", public, extensions;
alter role supabase_auth_admin set search_path = auth;
alter role supabase_auth_admin set idle_in_transaction_session_timeout = 60000;
alter role supabase_storage_admin set search_path = storage;

-- A hosted project lets `postgres` configure REST through the authenticator's settings. Plain PostgreSQL asks for the
-- right to each parameter and, from 16 on, for the admin option on the role.
grant set on parameter
    pgrst.db_aggregates_enabled,
    pgrst.db_extra_search_path,
    pgrst.db_max_rows,
    pgrst.db_plan_enabled,
    pgrst.db_pre_request,
    pgrst.db_schemas
    to postgres;

do $$
begin
    if current_setting('server_version_num')::integer >= 160000 then
        execute 'grant authenticator to postgres with admin true, inherit false, set false';
    end if;
end
$$;
