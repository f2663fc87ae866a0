-- What every test file uses: people, sessions, headers and the codes of errors. Kept in the schema `tests`, outside any
-- transaction, so that the files after this one find it. pgTAP is found through the database's search path, as on Supabase.
\set QUIET on
set client_min_messages to warning;

drop schema if exists tests cascade;
create schema tests;
comment on schema tests is 'Helpers of the pgTAP tests. Never part of a deployment.';
grant usage on schema tests to anon, authenticated, service_role;

-- A new auth user, with its profile. Only as the session's own role: call clear_authentication first when in doubt.
create function tests.create_user(email text, role text default 'customer', confirmed boolean default true)
    returns uuid
    volatile
    language plpgsql
    as $$
declare
    new_id uuid := gen_random_uuid();
begin
    insert into auth.users (id, aud, role, email, email_confirmed_at, raw_app_meta_data, raw_user_meta_data, created_at, updated_at)
    values (
        new_id,
        'authenticated',
        'authenticated',
        create_user.email,
        case when create_user.confirmed then now() end,
        '{"provider": "email", "providers": ["email"]}',
        '{}',
        now(),
        now()
    );

    if create_user.role <> 'customer' then
        update public.user_profiles
        set role = create_user.role
        where user_profiles.id = new_id;
    end if;
    return new_id;
end;
$$;

-- The session as PostgREST would open it for this user's access token, and as private.pre_request would leave it: an admin's in
-- the admins' role.
create function tests.authenticate_as(user_id uuid, aal text default 'aal1')
    returns void
    volatile
    language plpgsql
    as $$
declare
    address text;
begin
    perform tests.clear_authentication();
    select users.email
    into strict address
    from auth.users
    where users.id = authenticate_as.user_id;

    perform set_config('request.jwt.claims', jsonb_build_object(
        'sub', authenticate_as.user_id,
        'role', 'authenticated',
        'aud', 'authenticated',
        'aal', authenticate_as.aal,
        'email', address,
        'session_id', gen_random_uuid(),
        'is_anonymous', false
    )::text, true);
    perform set_config('role', 'authenticated', true);
    if private.is_admin() then
        perform set_config('role', 'primostore_admin', true);
    end if;
end;
$$;

create function tests.authenticate_as_anon()
    returns void
    volatile
    language plpgsql
    as $$
begin
    perform tests.clear_authentication();
    perform set_config('request.jwt.claims', '{"role": "anon"}', true);
    perform set_config('role', 'anon', true);
end;
$$;

create function tests.authenticate_as_service()
    returns void
    volatile
    language plpgsql
    as $$
begin
    perform tests.clear_authentication();
    perform set_config('request.jwt.claims', '{"role": "service_role"}', true);
    perform set_config('role', 'service_role', true);
end;
$$;

-- Back to the session's own role, without claims. Headers stay.
create function tests.clear_authentication()
    returns void
    volatile
    language plpgsql
    as $$
begin
    perform set_config('role', 'none', true);
    perform set_config('request.jwt.claims', '', true);
end;
$$;

-- The request's headers; names in lower case, as PostgREST passes them. Null for none.
create function tests.set_headers(headers jsonb)
    returns void
    volatile
    language sql
    as $$
    select set_config('request.headers', coalesce(set_headers.headers::text, ''), true);
$$;

-- A request from this address, through the header that the deployment trusts.
create function tests.set_client_ip(ip text)
    returns void
    volatile
    language sql
    as $$
    select tests.set_headers(jsonb_build_object('cf-connecting-ip', set_client_ip.ip));
$$;

-- What PostgREST does when a request arrives: method, path, and the pre-request function.
create function tests.arrive(method text, path text)
    returns void
    volatile
    language plpgsql
    as $$
begin
    perform set_config('request.method', arrive.method, true);
    perform set_config('request.path', arrive.path, true);
    perform private.pre_request();
end;
$$;

-- The JSON that a client gets for a statement that fails with a business error; {"code": SQLSTATE, "message": …} for any
-- other error; null when it succeeds (and then it has happened).
create function tests.error(sql text)
    returns jsonb
    volatile
    language plpgsql
    as $$
declare
    state text;
    message text;
begin
    execute error.sql;
    return null;
exception
    when others then
        get stacked diagnostics state = returned_sqlstate, message = message_text;
        if state = 'PGRST' then
            return message::jsonb;
        end if;
        return jsonb_build_object('code', state, 'message', message);
end;
$$;

create function tests.error_code(sql text)
    returns text
    volatile
    language sql
    as $$
    select tests.error(error_code.sql) ->> 'code';
$$;

-- `details` of a business error, parsed; null when there are none or nothing failed.
create function tests.error_details(sql text)
    returns jsonb
    volatile
    language sql
    as $$
    select (tests.error(error_details.sql) ->> 'details')::jsonb;
$$;

-- What is wrong with which field, {field: [code, parameters…]}, as `hint` of invalid_input says it; null when nothing failed.
create function tests.faults(sql text)
    returns jsonb
    volatile
    language sql
    as $$
    select (tests.error(faults.sql) ->> 'hint')::jsonb;
$$;

-- How many rows a statement with RETURNING touches: an update that a policy filters away raises nothing.
create function tests.rows_of(sql text)
    returns bigint
    volatile
    language plpgsql
    as $$
declare
    touched bigint;
begin
    execute rows_of.sql;
    get diagnostics touched = row_count;
    return touched;
end;
$$;

grant execute on all functions in schema tests to anon, authenticated, service_role;

begin;
select plan(1);
select ok(to_regprocedure('tests.create_user(text, text, boolean)') is not null, 'the helpers are in place');
select * from finish();
rollback;
