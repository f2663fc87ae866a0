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

-- All headers at once, for who reads several. Headers with characters that the database cannot hold tell nothing, so they
-- are as none.
create function private.request_headers()
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    said constant text := nullif(current_setting('request.headers', true), '');
begin
    -- Only escapes can stand for what no text can hold; without one there is nothing to catch, which takes its time.
    if strpos(said, '\u') = 0 then
        return said::jsonb;
    end if;

    begin
        return said::jsonb;
    exception
        when data_exception then
            return null;
    end;
end;
$$;

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

-- A path with its escapes read; as it came where they are no text, and so no path of the API.
create function private.unescaped_path(path text)
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select convert_from(string_agg(
            case
                when part.text[1] ~ '^%..' then decode(substr(part.text[1], 2), 'hex')
                else convert_to(part.text[1], 'UTF8')
            end,
            '' order by part.position
        ), 'UTF8')
        from regexp_matches(unescaped_path.path, '%[0-9A-Fa-f]{2}|%|[^%]+', 'g') with ordinality as part (text, position)
    );
exception
    when character_not_in_repertoire then
        return unescaped_path.path;
end;
$$;

-- The path after the API's prefix, such as /rpc/place_order; null when there is none. PostgREST passes it as it came and
-- reads it unescaped itself, and some servers forgive slashes around it: /rpc/place%5Forder/ is the same path.
create function private.request_path()
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    path text := current_setting('request.path', true);
begin
    if position('%' in path) > 0 then
        path := private.unescaped_path(path);
    end if;
    return '/' || nullif(btrim(path, '/'), '');
end;
$$;

-- The client that the edge names in x-primostore-client (v1;ip=…;t=<Unix seconds>;sig=<hex>), because the address that
-- reaches Supabase is the edge's own. Bound to the request's id and good for ten minutes; null when it is missing, late or
-- not signed with the key that the edge and the database share.
create function private.edge_client_ip(said text, request_id text)
    returns inet
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    parts text[];
    signature text;
begin
    if length(said) > 200 then
        return null;
    end if;
    -- Without bounds such as {64}, which take ten times as long.
    parts := regexp_match(said, '^v1;ip=([0-9A-Fa-f:.]+);t=([0-9]+);sig=([0-9A-Fa-f]+)$');
    if parts is null or abs(extract(epoch from now()) - parts[2]::numeric) > 600 then
        return null;
    end if;

    select encode(
        extensions.hmac(
            convert_to(
                concat_ws('|', 'v1', parts[1], parts[2], coalesce(substring(request_id from '^[A-Za-z0-9._:-]{1,128}$'), '')),
                'UTF8'
            ),
            secrets.value,
            'sha256'
        ),
        'hex'
    )
    into signature
    from private.secrets
    where secrets.name = 'edge';

    -- Digests are compared, so the time it takes says nothing about the signature.
    if sha256(convert_to(signature, 'UTF8')) = sha256(convert_to(lower(parts[3]), 'UTF8')) then
        return parts[1]::inet;
    end if;
    return null;
end;
$$;

-- The client's address by these headers: what the edge says and signs, else the one header that a trusted proxy sets; null
-- when it is missing or no address. X-Forwarded-For is never read: its first entry is the client's own word.
create function private.client_ip_in(headers jsonb, trusted_header text)
    returns inet
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    said constant text := headers ->> 'x-primostore-client';
    trusted constant text := btrim(headers ->> trusted_header);
    ip inet;
begin
    if said is null and trusted is null then
        return null;
    end if;

    begin
        if said is not null then
            ip := private.edge_client_ip(said, headers ->> 'x-request-id');
        end if;
        -- 0.0.0.0 is the edge's word for an address that nobody knows.
        return nullif(coalesce(ip, trusted::inet), '0.0.0.0');
    exception
        when data_exception then
            return null;
    end;
end;
$$;

create function private.client_ip()
    returns inet
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    headers jsonb := private.request_headers();
begin
    if headers is null then
        return null;
    end if;
    return private.client_ip_in(headers, (
        select lower(deployment.value)
        from private.deployment
        where deployment.key = 'client_ip_header'
    ));
end;
$$;
grant execute on function private.client_ip to anon, authenticated, service_role;
