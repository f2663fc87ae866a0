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
        path := (
            select convert_from(string_agg(
                case
                    when part.text[1] ~ '^%..' then decode(substr(part.text[1], 2), 'hex')
                    else convert_to(part.text[1], 'UTF8')
                end,
                '' order by part.position
            ), 'UTF8')
            from regexp_matches(path, '%[0-9A-Fa-f]{2}|%|[^%]+', 'g') with ordinality as part (text, position)
        );
    end if;
    return '/' || nullif(btrim(path, '/'), '');
exception
    -- Escapes that are no text, and so no path of the API.
    when character_not_in_repertoire then
        return nullif(path, '');
end;
$$;

-- The client that the edge names in x-primostore-client (v1;ip=…;t=<Unix seconds>;sig=<hex>), because the address that
-- reaches Supabase is the edge's own. Bound to the request's id and good for ten minutes; null when it is missing, late or
-- not signed with the key that the edge and the database share.
create function private.edge_client_ip()
    returns inet
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    said text := private.request_header('x-primostore-client');
    parts text[];
    signature text;
begin
    if said is null or length(said) > 200 then
        return null;
    end if;
    -- Without bounds such as {64}, which take ten times as long.
    parts := regexp_match(said, '^v1;ip=([0-9A-Fa-f:.]+);t=([0-9]+);sig=([0-9A-Fa-f]+)$');
    if parts is null or abs(extract(epoch from now()) - parts[2]::numeric) > 600 then
        return null;
    end if;

    select encode(
        extensions.hmac(
            convert_to(concat_ws('|', 'v1', parts[1], parts[2], coalesce(private.request_id(), '')), 'UTF8'),
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

-- The client's address: what the edge says and signs, else the one header that a trusted proxy sets; null when it is
-- missing or no address. X-Forwarded-For is never read: its first entry is the client's own word.
create function private.client_ip()
    returns inet
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(private.edge_client_ip(), (
        select btrim(private.request_header(deployment.value))::inet
        from private.deployment
        where deployment.key = 'client_ip_header'
    ));
exception
    -- Also headers with characters that the database cannot hold.
    when data_exception then
        return null;
end;
$$;
grant execute on function private.client_ip to anon, authenticated, service_role;
