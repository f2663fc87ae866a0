-- What PostgREST tells about the request. After a transaction its settings are empty strings, not null.

create function private.request_header(name text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return nullif(current_setting('request.headers', true), '')::json ->> lower(request_header.name);
end;
$$;
grant execute on function private.request_header to anon, authenticated, service_role;

create function private.request_id()
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return substring(private.request_header('x-request-id') from '^[A-Za-z0-9._:-]{1,128}$');
end;
$$;
grant execute on function private.request_id to anon, authenticated, service_role;

-- The client's address from the one header that a trusted proxy sets; null when it is missing or no address.
-- X-Forwarded-For is never read: its first entry is the client's own word.
create function private.client_ip()
    returns inet
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select btrim(private.request_header(deployment.value))::inet
        from private.deployment
        where deployment.key = 'client_ip_header'
    );
exception
    when invalid_text_representation then
        return null;
end;
$$;
grant execute on function private.client_ip to anon, authenticated, service_role;
