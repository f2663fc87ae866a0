-- Who calls. The database role is the identity: it stays what PostgREST set also inside SECURITY DEFINER functions,
-- where current_user is the owner.

create function private.caller_role()
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(nullif(current_setting('role', true), 'none'), session_user::text);
end;
$$;
grant execute on function private.caller_role to anon, authenticated, service_role;

create function private.caller_id()
    returns uuid
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case when private.caller_role() = 'authenticated' then auth.uid() end;
end;
$$;
grant execute on function private.caller_id to anon, authenticated, service_role;

create function private.require_user()
    returns uuid
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.caller_id();
begin
    if caller is null then
        perform private.raise_error('unauthenticated');
    end if;
    return caller;
end;
$$;
grant execute on function private.require_user to anon, authenticated, service_role;

-- The secret key, or a direct connection of the database's owner: a worker or a DBA, not a person with a session.
create function private.is_service()
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.caller_role() in ('service_role', 'postgres', 'supabase_admin');
end;
$$;
grant execute on function private.is_service to anon, authenticated, service_role;
