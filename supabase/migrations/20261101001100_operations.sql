-- Composed from sql/operations by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/operations/security_logs.sql

create table public.security_logs (
    id uuid primary key default gen_random_uuid(),
    event_type text not null,
    user_id uuid,
    ip_address inet,
    user_agent text,
    endpoint text,
    request_data jsonb,
    severity text not null default 'info',
    request_id text,
    created_at timestamptz not null default now(),
    constraint security_logs_event_type_length check (char_length(event_type) between 1 and 50),
    constraint security_logs_user_agent_length check (char_length(user_agent) <= 500),
    constraint security_logs_endpoint_length check (char_length(endpoint) <= 500),
    constraint security_logs_severity_known check (severity in ('info', 'warning', 'error', 'critical'))
);
create index security_logs_ip_address_idx on public.security_logs (ip_address, created_at desc);
create index security_logs_user_id_idx on public.security_logs (user_id, created_at desc);
create index security_logs_event_type_idx on public.security_logs (event_type, created_at desc);
create index security_logs_severity_idx on public.security_logs (severity, created_at desc);
create index security_logs_created_at_idx on public.security_logs (created_at);

comment on table public.security_logs is
    'Refusals and other events of security. Admins read it, workers add to it, nobody changes it; kept for retention.security_logs_days.';
comment on column public.security_logs.event_type is 'Such as guest_token_refused or role_changed.';
comment on column public.security_logs.user_id is 'The account that asked; no foreign key, because the log outlives the account.';
comment on column public.security_logs.ip_address is 'The client''s address; null when no trusted proxy named it.';
comment on column public.security_logs.severity is 'info | warning | error | critical.';
comment on column public.security_logs.request_id is 'The X-Request-Id of the request.';

-- sql/operations/audit_logs.sql

create table public.audit_logs (
    id uuid primary key default gen_random_uuid(),
    actor_id uuid,
    action text not null,
    table_name text not null,
    row_id text not null,
    old_values jsonb,
    new_values jsonb,
    ip_address inet,
    request_id text,
    created_at timestamptz not null default now(),
    constraint audit_logs_action_known check (action in ('insert', 'update', 'delete'))
);
create index audit_logs_row_idx on public.audit_logs (table_name, row_id, created_at desc);
create index audit_logs_actor_id_idx on public.audit_logs (actor_id, created_at desc);
create index audit_logs_created_at_idx on public.audit_logs (created_at);

comment on table public.audit_logs is
    'Every write of an admin or of the service. Admins read it; written by triggers, changed by nobody, kept for retention.audit_logs_days.';
comment on column public.audit_logs.actor_id is
    'The admin; null for the service. No foreign key, because the log outlives the account.';
comment on column public.audit_logs.action is 'insert | update | delete.';
comment on column public.audit_logs.row_id is 'Primary key of the row, as text.';
comment on column public.audit_logs.old_values is 'Changed columns before an update, or the deleted row.';
comment on column public.audit_logs.new_values is 'Changed columns after an update, or the new row.';
comment on column public.audit_logs.ip_address is 'The client''s address; null when no trusted proxy named it.';
comment on column public.audit_logs.request_id is 'The X-Request-Id of the request.';

-- sql/operations/job_runs.sql

create table public.job_runs (
    id uuid primary key default gen_random_uuid(),
    job text not null,
    status text not null default 'running',
    started_at timestamptz not null default now(),
    finished_at timestamptz,
    details jsonb,
    error text,
    constraint job_runs_job_form check (job ~ '^[a-z][a-z0-9_-]{0,49}$'),
    constraint job_runs_status_known check (status in ('running', 'succeeded', 'failed')),
    constraint job_runs_finished_when_done check ((status = 'running') = (finished_at is null)),
    constraint job_runs_finished_after_start check (finished_at >= started_at),
    constraint job_runs_error_when_failed check (error is null or status = 'failed')
);
create index job_runs_job_idx on public.job_runs (job, started_at desc);
create index job_runs_started_at_idx on public.job_runs (started_at);

comment on table public.job_runs is 'Runs of scheduled jobs. Workers write it, admins read it.';
comment on column public.job_runs.status is 'running | succeeded | failed.';
comment on column public.job_runs.details is 'What the run did, in figures of the job''s own.';
comment on column public.job_runs.error is 'Why it failed.';

-- sql/operations/blocked_addresses.sql

-- Blocks for a time, of repeat offenders; the lasting ones are the setting security.blocked_ips.
create table private.blocked_addresses (
    ip inet primary key,
    until timestamptz not null,
    reason text,
    created_at timestamptz not null default now()
);
comment on table private.blocked_addresses is 'Addresses whose requests are refused until a time, while rate_limits.enabled.';

-- sql/operations/refusal_types.sql

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
    ('invalid_signature'),
    ('guest_token_refused'),
    ('sign_in_failed');

-- sql/operations/rate_limit_hits.sql

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

-- sql/operations/outbox.sql

-- What must happen outside the database, stored in the transaction that causes it and claimed by workers with a lease.
-- No NOTIFY: it would make commits wait for each other.
create table private.outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    payload jsonb not null,
    created_at timestamptz not null default now(),
    available_at timestamptz not null default now(),
    attempts integer not null default 0,
    lease_until timestamptz,
    last_error text,
    constraint outbox_topic_form check (topic ~ '^[a-z][a-z0-9_.-]{0,99}$'),
    constraint outbox_attempts_not_negative check (attempts >= 0)
);
create index outbox_available_at_idx on private.outbox (available_at);

comment on table private.outbox is 'Messages to deliver, at least once; deleted when delivered.';
comment on column private.outbox.topic is 'Such as order.placed.';
comment on column private.outbox.available_at is 'Not to be delivered before; later after each failure.';
comment on column private.outbox.lease_until is 'Until when the worker that claimed it has it to itself.';

-- sql/operations/private/log_security_event.sql

-- Logs an event with what is known about the request. It commits with the caller's transaction, so it is for callers that
-- answer; what raises is logged by the edge. A read-only request can't be logged here.
create function private.log_security_event(
    event_type text,
    severity text default 'info',
    request_data jsonb default null,
    user_id uuid default null
)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if current_setting('transaction_read_only')::boolean then
        raise log 'Security event in a read-only request: % (%) %',
            log_security_event.event_type, log_security_event.severity, log_security_event.request_data;
        return;
    end if;

    insert into public.security_logs (event_type, severity, user_id, ip_address, user_agent, endpoint, request_data, request_id)
    values (
        log_security_event.event_type,
        log_security_event.severity,
        coalesce(log_security_event.user_id, private.caller_id()),
        private.client_ip(),
        left(private.request_header('user-agent'), 500),
        left(nullif(concat_ws(
            ' ',
            nullif(current_setting('request.method', true), ''),
            nullif(current_setting('request.path', true), '')
        ), ''), 500),
        log_security_event.request_data,
        private.request_id()
    );
end;
$$;

-- sql/operations/private/audit.sql

-- Trigger for tables that admins write: audit('<primary key column>', '<column to leave out>', …). A customer's own
-- actions are no admin writes, also where a function with more rights carries them out.
create function private.audit()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    left_out constant text[] := tg_argv[1:] || array['created_at', 'updated_at'];
    before_row jsonb;
    after_row jsonb;
begin
    if not (private.is_service() or private.is_admin()) then
        return null;
    end if;

    if tg_op <> 'INSERT' then
        before_row := to_jsonb(old);
    end if;
    if tg_op <> 'DELETE' then
        after_row := to_jsonb(new);
    end if;

    if tg_op = 'UPDATE' and before_row - left_out = after_row - left_out then
        return null;
    end if;

    insert into public.audit_logs (
        actor_id, action, table_name, row_id, old_values, new_values, ip_address, request_id
    )
    select
        private.caller_id(),
        lower(tg_op),
        tg_table_name,
        coalesce(after_row, before_row) ->> tg_argv[0],
        jsonb_object_agg(changed.key, before_row -> changed.key) filter (where before_row is not null),
        jsonb_object_agg(changed.key, after_row -> changed.key) filter (where after_row is not null),
        private.client_ip(),
        private.request_id()
    from jsonb_object_keys(coalesce(after_row, before_row) - left_out) as changed (key)
    where before_row is null
        or after_row is null
        or before_row -> changed.key is distinct from after_row -> changed.key;
    return null;
end;
$$;

-- sql/operations/private/limit_window.sql

-- A limit such as "30/minute" as the present window: how many are allowed in it, from when to when, and how many seconds
-- are left of it (at least 1).
create function private.limit_window(
    limit_text text,
    out max_hits integer,
    out starts_at timestamptz,
    out ends_at timestamptz,
    out seconds_left integer
)
    stable
    set search_path = ''
    language sql
    as $$
    select
        split_part(limit_text, '/', 1)::integer,
        window_start.at,
        window_start.at + make_interval(secs => unit.seconds),
        ceil(extract(epoch from window_start.at + make_interval(secs => unit.seconds) - now()))::integer
    from (
        select case split_part(limit_text, '/', 2)
            when 'second' then 1
            when 'minute' then 60
            when 'hour' then 3600
            when 'day' then 86400
        end
    ) as unit (seconds)
    cross join lateral (
        select to_timestamp(floor(extract(epoch from now()) / unit.seconds) * unit.seconds)
    ) as window_start (at);
$$;

-- sql/operations/private/is_over_limit.sql

-- Whether a key has used up its limit. Counts nothing.
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
    if not private.setting_boolean('rate_limits.enabled') then
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

-- sql/operations/private/count_hit.sql

-- Counts a hit, and says whether the key is still within its limit. Simultaneous hits don't see each other before they
-- commit, so a burst may pass by as many as run at once. In a read-only request it raises (a GET must not dodge the
-- count).
create function private.count_hit(bucket text, key text, limit_text text)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    present record;
    own_hits integer;
begin
    if not private.setting_boolean('rate_limits.enabled') then
        return true;
    end if;

    present := private.limit_window(count_hit.limit_text);
    insert into private.rate_limit_hits (bucket, key, window_start, slot, expires_at)
    values (count_hit.bucket, left(count_hit.key, 200), present.starts_at, pg_backend_pid(), present.ends_at)
    on conflict on constraint rate_limit_hits_pkey
    do update set hits = rate_limit_hits.hits + 1
    returning rate_limit_hits.hits into own_hits;

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

    return present.max_hits >= (
        select sum(rate_limit_hits.hits)
        from private.rate_limit_hits
        where rate_limit_hits.bucket = count_hit.bucket
            and rate_limit_hits.key = left(count_hit.key, 200)
            and rate_limit_hits.window_start = present.starts_at
    );
end;
$$;

-- sql/operations/private/raise_rate_limited.sql

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

-- sql/operations/private/enqueue.sql

-- Puts a message in the outbox: it will be delivered if, and only if, the transaction commits.
create function private.enqueue(topic text, payload jsonb)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into private.outbox (topic, payload)
    values (enqueue.topic, enqueue.payload);
end;
$$;

-- sql/operations/private/count_write.sql

-- Counts a request that can write, and refuses it over its limit: orders and new products by the customer or admin who
-- sends them, an admin's other writes by admin, everybody else's by address. Requests with one key never wait for each
-- other. What fails is not counted here, because its count goes with it: the edge counts that.
-- Without an address, customers are told apart by their accounts. Visitors can't be: were they one customer together,
-- five orders a minute would close the shop, so they are one address together, and only with their orders; whatever else
-- they may write counts its wrong guesses itself.
create function private.count_write(caller_ip inet, limits jsonb)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.caller_id();
    path text := private.request_path();
    bucket text;
    key text;
    limit_text text;
begin
    if path = '/rpc/place_order' then
        bucket := 'orders';
        key := coalesce(caller::text, host(caller_ip), 'unknown');
        limit_text := limits ->> case when key = 'unknown' then 'rate_limits.general' else 'rate_limits.orders' end;
    elsif caller is not null and path = '/products' and current_setting('request.method', true) in ('POST', 'PUT') then
        bucket := 'product_create';
        key := caller::text;
        limit_text := limits ->> 'rate_limits.product_create';
    elsif caller is not null and private.is_admin() then
        bucket := 'admin';
        key := caller::text;
        limit_text := limits ->> 'rate_limits.admin';
    else
        bucket := 'general';
        key := coalesce(host(caller_ip), caller::text);
        limit_text := limits ->> 'rate_limits.general';
    end if;

    if key is not null and not private.count_hit(bucket, key, limit_text) then
        perform private.raise_rate_limited(limit_text);
    end if;
end;
$$;

-- sql/operations/private/pre_request.sql

-- Before every request through the Data API, as the request's role: refuses blocked addresses and user agents, and who
-- writes too much. A read-only request writes nothing, so it counts nothing. The service is not a visitor and passes.
create function private.pre_request()
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller_ip inet;
    agent text;
    is_blocked boolean;
    limits jsonb;
begin
    if private.is_service() then
        return;
    end if;

    -- Odd headers are no reason to fail, only none to be recognised by.
    begin
        caller_ip := private.client_ip();
        agent := lower(private.request_header('user-agent'));
    exception
        when data_exception then
            null;
    end;

    select
        bool_or(
            case system_settings.key
                when 'security.blocked_ips' then exists (
                    select
                    from jsonb_array_elements_text(system_settings.value) as blocked (network)
                    where caller_ip <<= blocked.network::inet
                )
                when 'security.blocked_user_agents' then exists (
                    select
                    from jsonb_array_elements_text(system_settings.value) as blocked (part)
                    where position(lower(blocked.part) in agent) > 0
                )
                when 'rate_limits.enabled' then system_settings.value::boolean and exists (
                    select
                    from private.blocked_addresses
                    where blocked_addresses.ip = caller_ip and blocked_addresses.until > now()
                )
            end
        ),
        jsonb_object_agg(system_settings.key, system_settings.value) filter (where system_settings.key like 'rate_limits.%')
    into is_blocked, limits
    from public.system_settings
    where system_settings.key in (
        'security.blocked_ips', 'security.blocked_user_agents', 'rate_limits.enabled',
        'rate_limits.orders', 'rate_limits.product_create', 'rate_limits.admin', 'rate_limits.general'
    );

    if is_blocked then
        perform private.raise_error('blocked');
    end if;
    if (limits ->> 'rate_limits.enabled')::boolean and not current_setting('transaction_read_only')::boolean then
        perform private.count_write(caller_ip, limits);
    end if;
end;
$$;
grant execute on function private.pre_request to anon, authenticated, service_role;

alter role authenticator set pgrst.db_pre_request = 'private.pre_request';
notify pgrst, 'reload config';

-- sql/operations/private/edge_configuration.sql

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
                jsonb_build_object('ip', host(blocked_addresses.ip), 'until', blocked_addresses.until)
                order by blocked_addresses.ip
            ), '[]'::jsonb)
            from private.blocked_addresses
            where blocked_addresses.until > now()
        ),
        'signing_key', (select encode(secrets.value, 'hex') from private.secrets where secrets.name = 'edge'),
        'now', now()
    );
end;
$$;
grant execute on function private.edge_configuration to service_role;

-- sql/operations/private/to_uuid.sql

-- Text as a UUID; null when it is none.
create function private.to_uuid(value text)
    returns uuid
    immutable
    set search_path = ''
    language sql
    as $$
    select case
        when value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then value::uuid
    end;
$$;

-- sql/operations/private/to_time.sql

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

-- sql/operations/private/block_repeat_offenders.sql

-- Blocks, for security.auto_block_minutes, those of these addresses that were refused security.auto_block_after times
-- within ten minutes, and logs each new block. What was refused before or during an earlier block counts no more. Nobody is
-- blocked while limits are off, nor an address that admins may come from, nor the machine itself, which stands for everybody
-- behind a proxy on it. Returns the number of new blocks.
create function private.block_repeat_offenders(addresses inet[])
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    enough constant integer := private.setting_int('security.auto_block_after');
    block_minutes constant integer := private.setting_int('security.auto_block_minutes');
    blocked integer;
begin
    if not private.setting_boolean('rate_limits.enabled') then
        return 0;
    end if;

    with offenders as (
        select suspect.ip
        from (select distinct unnest(block_repeat_offenders.addresses) as ip) as suspect
        left join private.blocked_addresses on blocked_addresses.ip = suspect.ip
        cross join lateral (
            select count(*) as count
            from (
                select
                from public.security_logs
                where security_logs.ip_address = suspect.ip
                    and security_logs.created_at >= now() - interval '10 minutes'
                    and security_logs.created_at > coalesce(blocked_addresses.until, '-infinity')
                    and security_logs.severity in ('warning', 'error', 'critical')
                    and security_logs.event_type in (select refusal_types.event_type from private.refusal_types)
                limit enough
            ) as refusal
        ) as refusals
        where refusals.count >= enough
            and not suspect.ip <<= any(array['127.0.0.0/8', '::1']::inet[])
            and not exists (
                select
                from jsonb_array_elements_text(private.setting('security.admin_ip_allowlist')) as allowed (network)
                where suspect.ip <<= allowed.network::inet
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
        do update set until = excluded.until, reason = excluded.reason, created_at = excluded.created_at
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

-- sql/operations/private/record_refusals.sql

-- What is wrong with a list of refusals: an object of field to reason, null when nothing is. Only what makes an entry no
-- event at all; the rest of an entry is the client's own text, and is made to fit.
create function private.refusal_faults(events jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(refusal_faults.events) is distinct from 'array' then
        return '{"events": "must be an array of objects"}'::jsonb;
    end if;
    if jsonb_array_length(refusal_faults.events) > 1000 then
        return '{"events": "has too many entries (at most 1000)"}'::jsonb;
    end if;

    return (
        select jsonb_object_agg(
            format('events[%s].event_type', event.position - 1),
            case when jsonb_typeof(event.value) = 'object' then 'is required' else 'must be in an object' end
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
            case when event.severity in ('info', 'warning', 'error', 'critical') then event.severity else 'warning' end,
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

-- sql/operations/triggers.sql

-- Logs can be added to and, once they are older than their retention, deleted. By nobody otherwise, their owner included.
create function private.keep_until_retention()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if old.created_at >= now() - make_interval(days => private.setting_int(tg_argv[0])) then
        raise exception '%.% is append-only', tg_table_schema, tg_table_name
            using errcode = '42501', hint = format('Rows can be deleted when they are older than the setting %s.', tg_argv[0]);
    end if;
    return old;
end;
$$;

create trigger append_only
    before update or truncate on public.audit_logs
    for each statement execute function private.refuse_change();

create trigger keep_until_retention
    before delete on public.audit_logs
    for each row execute function private.keep_until_retention('retention.audit_logs_days');

create trigger append_only
    before update or truncate on public.security_logs
    for each statement execute function private.refuse_change();

create trigger keep_until_retention
    before delete on public.security_logs
    for each row execute function private.keep_until_retention('retention.security_logs_days');

-- Every table that admins write.
create trigger audit
    after insert or update or delete on public.products
    for each row execute function private.audit('id', 'search');

create trigger audit
    after insert or update or delete on public.categories
    for each row execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.category_attributes
    for each row execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.product_images
    for each row execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.product_costs
    for each row execute function private.audit('product_id');

create trigger audit
    after update of low_stock_threshold on public.inventory
    for each row execute function private.audit('product_id');

create trigger audit
    after insert on public.stock_movements
    for each row
    when (new.kind in ('receive', 'adjust'))
    execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.coupons
    for each row execute function private.audit('id', 'usage_count');

create trigger audit
    after insert or update or delete on public.shipping_methods
    for each row execute function private.audit('id');

create trigger audit
    after update or delete on public.orders
    for each row execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.order_notes
    for each row execute function private.audit('id');

create trigger audit
    after update of value on public.system_settings
    for each row execute function private.audit('key', 'updated_by');

create trigger audit
    after insert or update or delete on public.user_profiles
    for each row execute function private.audit('id');

create trigger audit
    after insert or update or delete on public.user_addresses
    for each row execute function private.audit('id');

create trigger audit
    after insert or update on public.payments
    for each row execute function private.audit('id');

create trigger audit
    after insert or update on public.refunds
    for each row execute function private.audit('id');

-- sql/operations/access.sql

alter table public.security_logs enable row level security;
alter table public.audit_logs enable row level security;
alter table public.job_runs enable row level security;

grant select on public.security_logs to authenticated;
grant select on public.audit_logs to authenticated, service_role;
grant select on public.job_runs to authenticated;

grant select, insert on public.security_logs to service_role;
grant select, insert, update on public.job_runs to service_role;

create policy "admins read security logs" on public.security_logs
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins read audit logs" on public.audit_logs
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins read job runs" on public.job_runs
    for select to authenticated
    using ((select private.is_admin()));

-- sql/operations/api/edge_configuration.sql

create function public.edge_configuration()
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    select private.edge_configuration();
$$;
comment on function public.edge_configuration is
    'For the edge, with the secret key only: {settings: {key: value}, blocked_addresses: [{ip, until}], signing_key, now}. settings are all of system_settings; blocked_addresses those blocked for a time that is not over, to be refused while rate_limits.enabled; signing_key, in hex, signs the header x-primostore-client; now is the database''s time. Errors: forbidden.';
grant execute on function public.edge_configuration to service_role;

-- sql/operations/api/record_refusals.sql

create function public.record_refusals(events jsonb)
    returns integer
    set search_path = ''
    language sql
    as $$
    select private.record_refusals(events);
$$;
comment on function public.record_refusals is
    'For the edge, with the secret key only: adds at most 1000 events [{event_type, severity, ip_address, user_agent, endpoint, user_id, request_id, request_data, created_at}] to security_logs and returns their number. Only event_type is required. Texts are cut to fit; an address, id or time that can''t be read is left out, an unknown severity is a warning. An address refused security.auto_block_after times within ten minutes is blocked for security.auto_block_minutes, with an event address_blocked. Errors: forbidden, invalid_input.';
grant execute on function public.record_refusals to service_role;
