-- `public` is the API, `private` does the work and is never exposed.
create schema private;
comment on schema private is 'Rules, secrets and queues behind the API. Never add it to the exposed schemas.';

grant usage on schema public to anon, authenticated, service_role;
grant usage on schema private to anon, authenticated, service_role;

-- Nothing is granted by default, also on older projects that still have Supabase's former defaults.
alter default privileges revoke execute on functions from public;
alter default privileges in schema public revoke all on tables from anon, authenticated, service_role;
alter default privileges in schema public revoke all on sequences from anon, authenticated, service_role;
alter default privileges in schema public revoke all on functions from anon, authenticated, service_role;
