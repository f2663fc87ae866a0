-- Composed from sql/guard by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/guard/private/client_network.sql

-- Whom an address stands for: one IPv6 customer has all addresses of a /64, so their network is taken for them.
create function private.client_network(ip inet)
    returns inet
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    if family(client_network.ip) = 4 then
        return host(client_network.ip)::inet;
    end if;
    -- IPv4 written as IPv6 is that IPv4 address, or all such customers would be one.
    if client_network.ip <<= '::ffff:0:0/96' then
        return (substring(host(client_network.ip) from '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$'))::inet;
    end if;
    return network(set_masklen(client_network.ip, 64))::inet;
end;
$$;

-- sql/guard/blocked_addresses.sql

-- Blocks for a time, of repeat offenders and of those whom an admin chose; the lasting ones are the setting
-- security.blocked_ips.
create table private.blocked_addresses (
    ip inet primary key,
    until timestamptz not null,
    source text not null default 'automatic',
    reason text,
    created_at timestamptz not null default now(),
    constraint blocked_addresses_one_customer check (ip = private.client_network(ip)),
    constraint blocked_addresses_source_known check (source in ('automatic', 'manual'))
);
comment on table private.blocked_addresses is 'Customers whose requests are refused until a time.';
comment on column private.blocked_addresses.ip is 'An IPv4 address, or the /64 network of an IPv6 one.';
comment on column private.blocked_addresses.source is
    'automatic: a repeat offender, refused while rate_limits.enabled; manual: whom an admin chose, refused always.';

-- sql/guard/refusal_types.sql

-- Which events in security_logs are refusals that an honest client seldom earns: enough of them from one address block
-- it for a time. `blocked` is none of them, or a block would prolong itself.
create table private.refusal_types (
    event_type text primary key
);
comment on table private.refusal_types is
    'Event types of security_logs that count towards security.auto_block_after, where their severity is warning or worse.';

insert into private.refusal_types (event_type)
values
    ('rate_limited'),
    ('blocked_user_agent'),
    ('payload_too_large'),
    ('unsupported_media_type'),
    ('invalid_request'),
    ('invalid_token'),
    ('guest_token_refused'),
    ('sign_in_failed');

-- sql/guard/rate_limit_hits.sql

-- Hits in fixed windows. Each database session counts in a row of its own, so that simultaneous requests with one key
-- never wait for each other. Unlogged: a crash may forget them.
create unlogged table private.rate_limit_hits (
    bucket text not null,
    key text not null,
    window_start timestamptz not null,
    slot integer not null,
    hits integer not null default 1,
    expires_at timestamptz not null,
    constraint rate_limit_hits_pkey primary key (bucket, key, window_start, slot)
);
create index rate_limit_hits_expires_at_idx on private.rate_limit_hits (expires_at);

comment on table private.rate_limit_hits is 'What counts against a limit, for each bucket (what) and key (who). Sum over slots.';
comment on column private.rate_limit_hits.slot is 'Process id of the database session that counted.';

-- sql/guard/guard_settings.sql

-- What the guard asks before each request, ready to use: it must not look up and parse a dozen settings each time.
create table private.guard_settings (
    is_only boolean primary key default true,
    limits_enabled boolean not null,
    general_limit text not null,
    admin_limit text not null,
    orders_limit text not null,
    product_create_limit text not null,
    blocked_networks inet[] not null,
    blocked_agents text[] not null,
    client_ip_header text,
    watched_until timestamptz not null,
    constraint guard_settings_one_row check (is_only)
);
comment on table private.guard_settings is
    'One row, kept by triggers on system_settings, private.deployment and private.blocked_addresses. Never written by hand.';
comment on column private.guard_settings.blocked_agents is 'Patterns of LIKE, in lower case.';
comment on column private.guard_settings.watched_until is
    'Until then every request''s address is looked at: for ever with blocked_networks, else until the last of private.blocked_addresses ends that holds now.';

-- What private.pre_request() asks with its caller's rights.
grant select (blocked_agents, watched_until) on private.guard_settings to anon, authenticated, service_role;

-- sql/guard/private/refresh_guard_settings.sql

-- Reads the settings of the guard anew.
create function private.refresh_guard_settings()
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    -- Two who change settings at once take turns here, and the second one then sees what the first one changed.
    perform from private.guard_settings for update;

    insert into private.guard_settings (
        limits_enabled, general_limit, admin_limit, orders_limit, product_create_limit,
        blocked_networks, blocked_agents, client_ip_header, watched_until
    )
    select
        limits.are_enabled,
        private.setting_text('rate_limits.general'),
        private.setting_text('rate_limits.admin'),
        private.setting_text('rate_limits.orders'),
        private.setting_text('rate_limits.product_create'),
        blocked.networks,
        array(
            select '%' || regexp_replace(lower(blocked_agent.part), '([\\%_])', '\\\1', 'g') || '%'
            from jsonb_array_elements_text(private.setting('security.blocked_user_agents')) as blocked_agent (part)
        ),
        (select lower(deployment.value) from private.deployment where deployment.key = 'client_ip_header'),
        case
            when blocked.networks <> '{}' then 'infinity'
            else (
                select coalesce(max(blocked_addresses.until), '-infinity')
                from private.blocked_addresses
                where limits.are_enabled or blocked_addresses.source = 'manual'
            )
        end
    from
        (select private.setting_boolean('rate_limits.enabled')) as limits (are_enabled),
        (
            select array(
                select blocked_ip.network::inet
                from jsonb_array_elements_text(private.setting('security.blocked_ips')) as blocked_ip (network)
            )
        ) as blocked (networks)
    on conflict (is_only)
    do update set
        limits_enabled = excluded.limits_enabled,
        general_limit = excluded.general_limit,
        admin_limit = excluded.admin_limit,
        orders_limit = excluded.orders_limit,
        product_create_limit = excluded.product_create_limit,
        blocked_networks = excluded.blocked_networks,
        blocked_agents = excluded.blocked_agents,
        client_ip_header = excluded.client_ip_header,
        watched_until = excluded.watched_until;
end;
$$;

create function private.keep_guard_settings()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.refresh_guard_settings();
    return null;
end;
$$;

-- sql/guard/private/guesser.sql

-- Who guesses, as the key of limits on guessing: the client's address (an IPv6 one as its /64 network), else the account;
-- null for who has neither. An address that nobody knows is nobody's: one visitor's guesses must not stop another's.
create function private.guesser()
    returns text
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(abbrev(private.client_network(private.client_ip())), private.caller_id()::text);
end;
$$;

-- sql/guard/private/limit_window.sql

-- A limit such as "30/minute" as the present window: how many are allowed in it, from when to when, and how many seconds
-- are left of it (at least 1). Windows are counted from the epoch, as the edge counts them.
create function private.limit_window(
    limit_text text,
    out max_hits integer,
    out starts_at timestamptz,
    out ends_at timestamptz,
    out seconds_left integer
)
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    length constant interval := case split_part(limit_text, '/', 2)
        when 'second' then interval '1 second'
        when 'minute' then interval '1 minute'
        when 'hour' then interval '1 hour'
        when 'day' then interval '24 hours'
    end;
begin
    max_hits := split_part(limit_text, '/', 1)::integer;
    starts_at := date_bin(length, now(), timestamptz 'epoch');
    ends_at := starts_at + length;
    seconds_left := ceil(extract(epoch from ends_at - now()))::integer;
end;
$$;

-- sql/guard/private/is_over_limit.sql

-- Whether a key has used up its limit. Counts nothing; nobody, a null key, is never over it.
create function private.is_over_limit(bucket text, key text, limit_text text)
    returns boolean
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    present record;
begin
    if is_over_limit.key is null or not private.setting_boolean('rate_limits.enabled') then
        return false;
    end if;

    present := private.limit_window(is_over_limit.limit_text);
    return present.max_hits <= (
        select coalesce(sum(rate_limit_hits.hits), 0)
        from private.rate_limit_hits
        where rate_limit_hits.bucket = is_over_limit.bucket
            and rate_limit_hits.key = left(is_over_limit.key, 200)
            and rate_limit_hits.window_start = present.starts_at
    );
end;
$$;

-- sql/guard/private/count_hit.sql

-- Counts a hit, and says whether the key is still within its limit. Simultaneous hits don't see each other before they
-- commit, so a burst may pass by as many as run at once. In a read-only request it raises (a GET must not dodge the
-- count).
create function private.add_hit(bucket text, key text, limit_text text)
    returns boolean
    set search_path = ''
    language plpgsql
    as $$
declare
    present record;
    own_hits integer;
    all_hits bigint;
begin
    present := private.limit_window(add_hit.limit_text);

    with own as (
        insert into private.rate_limit_hits (bucket, key, window_start, slot, expires_at)
        values (add_hit.bucket, left(add_hit.key, 200), present.starts_at, pg_backend_pid(), present.ends_at)
        on conflict on constraint rate_limit_hits_pkey
        do update set hits = rate_limit_hits.hits + 1
        returning rate_limit_hits.hits
    )

    select own.hits, own.hits + coalesce(others.hits, 0)
    into own_hits, all_hits
    from own
    cross join (
        select sum(rate_limit_hits.hits) as hits
        from private.rate_limit_hits
        where rate_limit_hits.bucket = add_hit.bucket
            and rate_limit_hits.key = left(add_hit.key, 200)
            and rate_limit_hits.window_start = present.starts_at
            and rate_limit_hits.slot <> pg_backend_pid()
    ) as others;

    -- Who adds a row takes a few old ones away, so the table never outgrows the present windows.
    if own_hits = 1 then
        delete from private.rate_limit_hits
        where rate_limit_hits.ctid = any(array(
            select old_hits.ctid
            from private.rate_limit_hits as old_hits
            where old_hits.expires_at < now()
            order by old_hits.expires_at
            limit 10
            for update skip locked
        ));
    end if;

    return all_hits <= present.max_hits;
end;
$$;

-- The same for who does not know whether limits are on. Nobody, a null key, is not counted.
create function private.count_hit(bucket text, key text, limit_text text)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if count_hit.key is null or not private.setting_boolean('rate_limits.enabled') then
        return true;
    end if;
    return private.add_hit(count_hit.bucket, count_hit.key, count_hit.limit_text);
end;
$$;

-- sql/guard/private/raise_rate_limited.sql

-- Refuses who is over a limit such as "30/minute"; Retry-After says when its window ends.
create function private.raise_rate_limited(limit_text text)
    returns void
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    present record;
begin
    present := private.limit_window(raise_rate_limited.limit_text);
    perform private.raise_error('rate_limited', retry_after_seconds => present.seconds_left);
end;
$$;

-- sql/guard/private/count_write.sql

-- Counts a request that can write, and refuses it over its limit: orders and new products by the customer or admin who
-- sends them, an admin's other writes by admin, everybody else's by their network; the edge counts by the same keys.
-- Requests with one key never wait for each other. What fails is not counted here, because its count goes with it: the edge
-- counts that.
-- Without an address, customers are told apart by their accounts. Visitors can't be: were they one customer together,
-- five orders a minute would close the shop, so they are one address together, and only with their orders; whatever else
-- they may write counts its wrong guesses itself.
create function private.count_write(guard private.guard_settings, network inet, caller uuid, has_admin_role boolean)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    path constant text := private.request_path();
    bucket text := 'general';
    key text := coalesce(abbrev(network), caller::text);
    limit_text text := guard.general_limit;
begin
    if path = '/rpc/place_order' then
        bucket := 'orders';
        key := coalesce(caller::text, key, 'unknown');
        if caller is not null or network is not null then
            limit_text := guard.orders_limit;
        end if;
    elsif has_admin_role then
        key := caller::text;
        if path = '/products' and current_setting('request.method', true) in ('POST', 'PUT') then
            bucket := 'product_create';
            limit_text := guard.product_create_limit;
        else
            bucket := 'admin';
            limit_text := guard.admin_limit;
        end if;
    end if;

    if key is not null and not private.add_hit(bucket, key, limit_text) then
        perform private.raise_rate_limited(limit_text);
    end if;
end;
$$;

-- sql/guard/private/guard_request.sql

-- Refuses blocked addresses and user agents, and who writes too much, and says whether the caller is an admin. A read-only
-- request writes nothing, so it counts nothing. private.pre_request() says whether this one `is_watched`: what its headers
-- say matters then. Parsing them takes longer than all else here.
create function private.guard_request(is_watched boolean)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    role_name constant text := current_setting('role', true);
    guard private.guard_settings;
    headers jsonb;
    network inet;
    ip inet;
    caller uuid;
    has_admin_role boolean := false;
    is_counted boolean;
begin
    if role_name in ('authenticated', 'primostore_admin') then
        caller := auth.uid();
    elsif role_name is distinct from 'anon' and private.is_service() then
        return false;
    end if;

    select *
    into strict guard
    from private.guard_settings;

    is_counted := guard.limits_enabled and not current_setting('transaction_read_only')::boolean;
    if is_watched or is_counted then
        headers := private.request_headers();
        if headers is not null then
            ip := private.client_ip_in(headers, guard.client_ip_header);
        end if;
        if ip <<= any(guard.blocked_networks) or lower(headers ->> 'user-agent') like any(guard.blocked_agents) then
            perform private.raise_error('blocked');
        end if;

        network := private.client_network(ip);
        if guard.watched_until > now() then
            if exists (
                select
                from private.blocked_addresses
                where blocked_addresses.ip = network
                    and blocked_addresses.until > now()
                    and (guard.limits_enabled or blocked_addresses.source = 'manual')
            ) then
                perform private.raise_error('blocked');
            end if;
        end if;
    end if;

    if caller is not null then
        has_admin_role := exists (
            select
            from public.user_profiles
            where user_profiles.id = caller and user_profiles.role = 'admin'
        );
    end if;
    if is_counted then
        perform private.count_write(guard, network, caller, has_admin_role);
    end if;
    return has_admin_role and private.is_admin();
end;
$$;
grant execute on function private.guard_request to anon, authenticated, service_role;

-- sql/guard/private/pre_request.sql

-- Before every request through the Data API, as the request's role. Every request pays for this, and each statement and each
-- expression is set up anew in every transaction: so a visitor who reads, and of whom nothing is to be known, is not looked at
-- any closer than by this one query. private.guard_request() has the rights for the rest. The role of a request can't be
-- changed inside a function that has its owner's rights: an admin's becomes that of admins here.
create function private.pre_request()
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    matters text;
begin
    select case
        -- Cheapest first. What writes is counted by who sends it.
        when current_setting('transaction_read_only') = 'off'
            or guard.watched_until > now()
            -- As they came. What is escaped, or holds a blocked agent's name anywhere, is read properly.
            or strpos(current_setting('request.headers', true), '\') > 0
            or lower(current_setting('request.headers', true)) like any(guard.blocked_agents) then 'headers'
        when current_setting('role', true) is distinct from 'anon' then 'caller'
    end
    into strict matters
    from private.guard_settings as guard;

    if matters is not null then
        if private.guard_request(is_watched => matters = 'headers') then
            perform set_config('role', 'primostore_admin', true);
        end if;
    end if;
end;
$$;
grant execute on function private.pre_request to anon, authenticated, service_role;

alter role authenticator set pgrst.db_pre_request = 'private.pre_request';
notify pgrst, 'reload config';

-- sql/guard/private/edge_configuration.sql

create function private.edge_configuration()
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    return jsonb_build_object(
        'settings', (select jsonb_object_agg(system_settings.key, system_settings.value) from public.system_settings),
        'blocked_addresses', (
            select coalesce(jsonb_agg(
                jsonb_build_object(
                    'ip', abbrev(blocked_addresses.ip),
                    'source', blocked_addresses.source,
                    'until', blocked_addresses.until
                )
                order by blocked_addresses.ip
            ), '[]'::jsonb)
            from private.blocked_addresses
            where blocked_addresses.until > now()
        ),
        -- Clients call functions by POST, those too that change nothing.
        'reading_functions', (
            select coalesce(jsonb_agg(distinct pg_proc.proname), '[]'::jsonb)
            from pg_catalog.pg_proc
            where pg_proc.pronamespace = 'public'::regnamespace and pg_proc.provolatile <> 'v'
        ),
        'signing_key', (select encode(secrets.value, 'hex') from private.secrets where secrets.name = 'edge'),
        'now', now()
    );
end;
$$;
grant execute on function private.edge_configuration to service_role;

-- sql/guard/private/to_uuid.sql

-- Text as a UUID; null when it is none.
create function private.to_uuid(value text)
    returns uuid
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then value::uuid
    end;
end;
$$;

-- sql/guard/private/to_time.sql

-- Text as a point in time; null when it is none.
create function private.to_time(value text)
    returns timestamptz
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return value::timestamptz;
exception
    when data_exception then
        return null;
end;
$$;

-- sql/guard/private/block_repeat_offenders.sql

-- Blocks, for security.auto_block_minutes, those of these addresses that were refused security.auto_block_after times
-- within ten minutes, and logs each new block. An IPv6 address stands for its /64. What was refused before or during an
-- earlier block counts no more. Nobody is blocked while limits are off, nor an address that admins may come from, nor a
-- private one: a gateway's stands for everybody behind it. Returns the number of new blocks.
create function private.block_repeat_offenders(addresses inet[])
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    enough constant integer := private.setting_int('security.auto_block_after');
    -- This machine, the networks of RFC 1918 and 6598, local links, and RFC 4193.
    private_networks constant inet[] := array[
        '127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16',
        '::1/64', 'fc00::/7', 'fe80::/10'
    ]::inet[];
    block_minutes constant integer := private.setting_int('security.auto_block_minutes');
    blocked integer;
begin
    if not private.setting_boolean('rate_limits.enabled') then
        return 0;
    end if;

    with offenders as (
        select suspect.ip
        from (
            select
                customer.ip,
                set_masklen(broadcast(customer.ip), case family(customer.ip) when 4 then 32 else 128 end) as last_ip
            from (
                select distinct private.client_network(address)
                from unnest(block_repeat_offenders.addresses) as address
            ) as customer (ip)
        ) as suspect
        left join private.blocked_addresses on blocked_addresses.ip = suspect.ip
        cross join lateral (
            select count(*) as count
            from (
                select
                from public.security_logs
                -- As a range, because an index answers that.
                where security_logs.ip_address between suspect.ip and suspect.last_ip
                    and security_logs.created_at >= now() - interval '10 minutes'
                    and security_logs.created_at > coalesce(blocked_addresses.until, '-infinity')
                    and security_logs.severity in ('warning', 'error', 'critical')
                    and security_logs.event_type in (select refusal_types.event_type from private.refusal_types)
                limit enough
            ) as refusal
        ) as refusals
        where refusals.count >= enough
            and not suspect.ip <<= any(private_networks)
            and not exists (
                select
                from jsonb_array_elements_text(private.setting('security.admin_ip_allowlist')) as allowed (network)
                where suspect.ip && allowed.network::inet
            )
    ),

    new_blocks as (
        insert into private.blocked_addresses (ip, until, reason)
        select
            offenders.ip,
            now() + make_interval(mins => block_minutes),
            format('%s refusals within ten minutes', enough)
        from offenders
        order by offenders.ip
        on conflict (ip)
        do update set until = excluded.until, source = excluded.source, reason = excluded.reason, created_at = excluded.created_at
        where blocked_addresses.until <= now()
        returning blocked_addresses.ip, blocked_addresses.until, blocked_addresses.reason
    )

    insert into public.security_logs (event_type, severity, ip_address, request_data)
    select
        'address_blocked',
        'error',
        new_blocks.ip,
        jsonb_build_object('until', new_blocks.until, 'reason', new_blocks.reason)
    from new_blocks;
    get diagnostics blocked = row_count;
    return blocked;
end;
$$;

-- sql/guard/private/record_refusals.sql

-- What is wrong with a list of refusals: an object of field to fault, null when nothing is. Only what makes an entry no
-- event at all; the rest of an entry is the client's own text, and is made to fit.
create function private.refusal_faults(events jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(refusal_faults.events) is distinct from 'array' then
        return '{"events": ["not_array", {"reason": "must be an array of objects"}]}'::jsonb;
    end if;
    if jsonb_array_length(refusal_faults.events) > 1000 then
        return '{"events": ["too_many", 1000]}'::jsonb;
    end if;

    return (
        select jsonb_object_agg(
            format(case when jsonb_typeof(event.value) = 'object' then 'events.%s.event_type' else 'events.%s' end, event.position - 1),
            case when jsonb_typeof(event.value) = 'object' then '["required"]'::jsonb else '["not_object"]' end
        )
        from jsonb_array_elements(refusal_faults.events) with ordinality as event (value, position)
        where nullif(btrim(event.value ->> 'event_type'), '') is null
    );
end;
$$;

-- Logs what the edge refused and blocks repeat offenders. Returns the number of events written.
create function private.record_refusals(events jsonb)
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    addresses inet[];
    written integer;
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(private.refusal_faults(record_refusals.events));

    with event as (
        select
            left(btrim(entry ->> 'event_type'), 50) as event_type,
            entry ->> 'severity' as severity,
            case when entry ->> 'ip_address' not like '%/%' then private.to_inet(entry ->> 'ip_address') end as ip_address,
            left(entry ->> 'user_agent', 500) as user_agent,
            left(entry ->> 'endpoint', 500) as endpoint,
            private.to_uuid(entry ->> 'user_id') as user_id,
            left(entry ->> 'request_id', 128) as request_id,
            nullif(entry -> 'request_data', 'null'::jsonb) as request_data,
            private.to_time(entry ->> 'created_at') as created_at
        from jsonb_array_elements(record_refusals.events) as entry
    ),

    logged as (
        insert into public.security_logs (
            event_type, severity, ip_address, user_agent, endpoint, user_id, request_id, request_data, created_at
        )
        select
            event.event_type,
            case
                when event.severity in ('info', 'warning', 'error', 'critical') then event.severity
                else 'warning'
            end,
            event.ip_address,
            event.user_agent,
            event.endpoint,
            event.user_id,
            event.request_id,
            event.request_data,
            -- A clock that is fast must not keep an address under suspicion.
            least(coalesce(event.created_at, now()), now())
        from event
        returning security_logs.ip_address
    )

    select count(*), array_agg(distinct logged.ip_address) filter (where logged.ip_address is not null)
    into written, addresses
    from logged;

    perform private.block_repeat_offenders(addresses);
    return written;
end;
$$;
grant execute on function private.record_refusals to service_role;

-- sql/guard/triggers.sql

create trigger keep_guard_settings
    after insert or update of value on public.system_settings
    for each statement execute function private.keep_guard_settings();

create trigger keep_guard_settings
    after insert or update or delete on private.deployment
    for each statement execute function private.keep_guard_settings();

create trigger keep_guard_settings
    after insert or update or delete on private.blocked_addresses
    for each statement execute function private.keep_guard_settings();

-- For the settings that are there already.
do $$
begin
    perform private.refresh_guard_settings();
end;
$$;

-- sql/guard/api/edge_configuration.sql

create function public.edge_configuration()
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.edge_configuration();
end;
$$;
comment on function public.edge_configuration is
    'For the edge, with the secret key only: {settings: {key: value}, blocked_addresses: [{ip, source, until}], reading_functions: [name], signing_key, now}. settings are all of system_settings; blocked_addresses those blocked for a time that is not over (IPv4 addresses, and /64 networks of IPv6), to be refused while rate_limits.enabled where their source is automatic, always where it is manual; reading_functions those under /rpc that change nothing, though they are called by POST; signing_key, in hex, signs the header x-primostore-client; now is the database''s time, by which windows of limits are counted. Errors: forbidden.';
grant execute on function public.edge_configuration to service_role;

-- sql/guard/api/record_refusals.sql

create function public.record_refusals(events jsonb)
    returns integer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.record_refusals(events);
end;
$$;
comment on function public.record_refusals is
    'For the edge, with the secret key only: adds at most 1000 events [{event_type, severity, ip_address, user_agent, endpoint, user_id, request_id, request_data, created_at}] to security_logs and returns their number. Only event_type is required. Texts are cut to fit; an address, id or time that can''t be read is left out, an unknown severity is a warning, and so is none: the edge says info of what honest clients do too, which counts towards no block. A customer (an IPv4 address, or a /64 of IPv6) refused security.auto_block_after times within ten minutes is blocked for security.auto_block_minutes, with an event address_blocked. Errors: forbidden, invalid_input.';
grant execute on function public.record_refusals to service_role;
