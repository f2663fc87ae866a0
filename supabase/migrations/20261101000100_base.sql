-- Composed from sql/base by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/base/extensions.sql

-- `if not exists`: a hosted project may have them already.
create extension if not exists pgcrypto with schema extensions;
create extension if not exists pg_trgm with schema extensions;
create extension if not exists unaccent with schema extensions;
create extension if not exists fuzzystrmatch with schema extensions;

-- sql/base/schemas.sql

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

-- sql/base/deployment.sql

-- What the place of deployment decides, not the shop: no API role reads either table.
create table private.deployment (
    key text primary key,
    value text not null
);
comment on table private.deployment is
    'client_ip_header: the request header that a trusted proxy sets to the client''s address. Hosted Supabase sets cf-connecting-ip.';

insert into private.deployment (key, value)
values ('client_ip_header', 'cf-connecting-ip');

create table private.secrets (
    name text primary key,
    value bytea not null
);
comment on table private.secrets is
    'Keys made with the database. guest_token: of the guest tokens'' HMAC. edge: of the HMAC with which the edge says who its client is.';

insert into private.secrets (name, value)
values
    ('guest_token', extensions.gen_random_bytes(32)),
    ('edge', extensions.gen_random_bytes(32));

-- sql/base/errors.sql

-- The catalogue of business errors: the code a client sees, its HTTP status and its default message.
create table private.error_codes (
    code text primary key,
    status integer not null,
    message text not null,
    retry_after_seconds integer
);

insert into private.error_codes (code, status, message, retry_after_seconds)
values
    ('unauthenticated', 401, 'Sign in first.', null),
    ('forbidden', 403, 'This is not yours to do.', null),
    ('mfa_required', 403, 'Sign in with a second factor first.', null),
    ('blocked', 403, 'Requests from here are blocked.', null),
    ('not_found', 404, 'There is no such thing.', null),
    ('out_of_stock', 409, 'Some products are not available in the quantity asked for.', null),
    ('product_unavailable', 409, 'Some products are not on sale.', null),
    ('coupon_exhausted', 409, 'This coupon has been used up.', null),
    ('coupon_already_used', 409, 'You have used this coupon already.', null),
    ('invalid_transition', 409, 'The order cannot move to this status.', null),
    ('order_not_cancellable', 409, 'The order can no longer be cancelled.', null),
    ('idempotency_conflict', 409, 'This idempotency key was used for another request.', null),
    ('already_paid', 409, 'The order is paid already.', null),
    ('last_admin', 409, 'The last admin cannot be removed.', null),
    ('invalid_input', 422, 'Some fields are not valid.', null),
    ('cart_empty', 422, 'There is nothing to order.', null),
    ('coupon_invalid', 422, 'There is no such coupon.', null),
    ('coupon_expired', 422, 'This coupon has expired.', null),
    ('coupon_not_started', 422, 'This coupon is not valid yet.', null),
    ('coupon_min_amount', 422, 'The order is too small for this coupon.', null),
    ('shipping_unavailable', 422, 'This shipping method does not serve the address.', null),
    ('payment_method_unavailable', 422, 'This payment method is not offered.', null),
    ('rate_limited', 429, 'Too many requests. Try again later.', 60),
    ('busy', 503, 'Many people are ordering right now. Try again in a moment.', 1);

create function private.raise_error(
    code text,
    message text default null,
    details jsonb default null,
    hint text default null,
    retry_after_seconds integer default null
)
    returns void
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    entry private.error_codes;
begin
    select *
    into strict entry
    from private.error_codes
    where error_codes.code = raise_error.code;

    -- PostgREST turns this SQLSTATE into exactly this answer.
    raise sqlstate 'PGRST' using
        message = jsonb_build_object(
            'code', entry.code,
            'message', coalesce(raise_error.message, entry.message),
            'details', raise_error.details::text,
            'hint', raise_error.hint
        )::text,
        detail = jsonb_build_object(
            'status', entry.status,
            'headers', jsonb_strip_nulls(jsonb_build_object(
                'Retry-After', coalesce(raise_error.retry_after_seconds, entry.retry_after_seconds)::text
            ))
        )::text;
end;
$$;
grant execute on function private.raise_error to anon, authenticated, service_role;

create function private.raise_invalid(faults jsonb)
    returns void
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if raise_invalid.faults is not null and raise_invalid.faults <> '{}'::jsonb then
        perform private.raise_error('invalid_input', details => raise_invalid.faults);
    end if;
end;
$$;
grant execute on function private.raise_invalid to anon, authenticated, service_role;

-- sql/base/private/set_updated_at.sql

create function private.set_updated_at()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.updated_at := now();
    return new;
end;
$$;

-- sql/base/private/text.sql

-- What text from people may hold. CHECK constraints and triggers both call these; strict, since most columns are often null.

-- A tag, closed or not, a comment or a script URL. A lone `<` is text: browsers start a tag only where a letter,
-- `/`, `!` or `?` follows at once.
create function private.has_markup(value text)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    -- Spares nearly every text the regular expressions.
    if position('<' in value) = 0 and position(':' in value) = 0 then
        return false;
    end if;
    return value ~* '<[/!?]?[a-z][^<>]*>'
        or value ~* '<[a-z][a-z0-9-]*[\s/]+[^<>]*='
        or value ~* '</?(script|style|iframe|object|embed|svg|math|img|link|meta|base|form|html|body)\M'
        or value ~* '<(!--|!\[|!doctype|\?xml)'
        or value ~* '(java|vb)script\s*:';
end;
$$;
grant execute on function private.has_markup to anon, authenticated, service_role;

create function private.has_control_characters(value text, multiline boolean default false)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when multiline then value ~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]'
        else value ~ '[\u0001-\u001f\u007f-\u009f]'
    end;
end;
$$;
grant execute on function private.has_control_characters to anon, authenticated, service_role;

create function private.is_plain_text(value text, multiline boolean default false)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return not private.has_markup(value) and not private.has_control_characters(value, multiline);
end;
$$;
grant execute on function private.is_plain_text to anon, authenticated, service_role;

-- sql/base/private/faults.sql

-- What is wrong with a value, in words for its field in `invalid_input`; null when nothing is.

create function private.text_fault(
    value text,
    max_length integer,
    required boolean default false,
    multiline boolean default false
)
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null or btrim(value, E' \t\r\n') = '' then case when required then 'is required' end
        when char_length(value) > max_length then 'is too long (at most ' || max_length || ' characters)'
        when private.has_control_characters(value, multiline) then 'contains control characters'
        when private.has_markup(value) then 'contains HTML or script'
    end;
end;
$$;
grant execute on function private.text_fault to anon, authenticated, service_role;

create function private.email_fault(value text, required boolean default false)
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        private.text_fault(value, 254, required),
        case
            when value !~ '^[^@\s<>"(),:;\\\[\]]+@[^@\s<>"(),:;\\\[\]]+\.[^@\s<>"(),:;\\\[\].]+$' then 'is not an e-mail address'
        end
    );
end;
$$;
grant execute on function private.email_fault to anon, authenticated, service_role;

create function private.phone_fault(value text, required boolean default false)
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        private.text_fault(value, 20, required),
        case when value !~ '^\+?[0-9][0-9 ().-]{4,18}$' then 'is not a telephone number' end
    );
end;
$$;
grant execute on function private.phone_fault to anon, authenticated, service_role;

-- sql/base/private/request.sql

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

-- sql/base/private/caller.sql

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

-- sql/base/private/items.sql

-- Lists of {product_id, quantity} as clients send them, for carts and orders.

-- What is wrong with the list: an object of field to reason, null when nothing is.
create function private.item_faults(items jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    faults jsonb;
begin
    if jsonb_typeof(item_faults.items) is distinct from 'array' then
        return '{"items": "must be an array of {product_id, quantity}"}'::jsonb;
    end if;
    if jsonb_array_length(item_faults.items) > 2000 then
        return '{"items": "has too many entries (at most 2000)"}'::jsonb;
    end if;

    select jsonb_object_agg(format('items[%s].%s', entry.position - 1, fault.field), fault.reason)
    into faults
    from jsonb_array_elements(item_faults.items) with ordinality as entry (value, position)
    cross join lateral (
        values
            (
                'product_id',
                case
                    when jsonb_typeof(entry.value) <> 'object' then 'must be in an object {product_id, quantity}'
                    when entry.value ->> 'product_id' is null then 'is required'
                    when jsonb_typeof(entry.value -> 'product_id') <> 'string'
                        or entry.value ->> 'product_id' !~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$'
                        then 'is not a UUID'
                end
            ),
            (
                'quantity',
                case
                    when jsonb_typeof(entry.value) <> 'object' then null
                    when entry.value ->> 'quantity' is null then 'is required'
                    when jsonb_typeof(entry.value -> 'quantity') <> 'number'
                        or entry.value ->> 'quantity' !~ '^[0-9]{1,3}$'
                        or entry.value ->> 'quantity' ~ '^0+$'
                        then 'must be a whole number from 1 to 999'
                end
            )
    ) as fault (field, reason)
    where fault.reason is not null;

    return faults;
end;
$$;

-- What is wrong with the sums of a valid list: an order line holds at most 999 units.
create function private.item_sum_faults(items jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    if exists (
        select
        from private.summed_items(item_sum_faults.items) as line
        where line.quantity > 999
    ) then
        return '{"items": "asks for more than 999 units of a product"}'::jsonb;
    end if;
    return null;
end;
$$;

-- A valid list with repeated products summed, in product order.
create function private.summed_items(items jsonb)
    returns table (product_id uuid, quantity bigint)
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return query
    select (entry ->> 'product_id')::uuid, sum((entry ->> 'quantity')::bigint)::bigint
    from jsonb_array_elements(summed_items.items) as entry
    group by 1
    order by 1;
end;
$$;
