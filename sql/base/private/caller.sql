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
    return case when private.caller_role() in ('authenticated', 'primostore_admin') then auth.uid() end;
end;
$$;
grant execute on function private.caller_id to anon, authenticated, service_role;

-- Whether there is such an account. A token outlives its own.
create function private.account_exists(user_id uuid)
    returns boolean
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select
        from auth.users
        where users.id = account_exists.user_id
    );
end;
$$;
grant execute on function private.account_exists to anon, authenticated, service_role;

create function private.require_user()
    returns uuid
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    caller constant uuid := private.caller_id();
begin
    if caller is null or not private.account_exists(caller) then
        perform private.raise_error('unauthenticated');
    end if;
    return caller;
end;
$$;
grant execute on function private.require_user to anon, authenticated, service_role;

-- For tables of people's own rows: whose account is gone is told to sign in, rather than of a foreign key.
create function private.require_account()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if new.user_id = private.caller_id() and not private.account_exists(new.user_id) then
        perform private.raise_error('unauthenticated');
    end if;
    return new;
end;
$$;

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
