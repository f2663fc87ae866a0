-- Composed from sql/logs by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/logs/security_logs.sql

-- One partition a month, so that what is past its retention goes at once. See private.ensure_log_partitions().
create table public.security_logs (
    id uuid not null default gen_random_uuid(),
    event_type text not null,
    user_id uuid,
    ip_address inet,
    user_agent text,
    endpoint text,
    request_data jsonb,
    severity text not null default 'info',
    request_id text,
    created_at timestamptz not null default now(),
    constraint security_logs_pkey primary key (id, created_at),
    constraint security_logs_event_type_length check (char_length(event_type) between 1 and 50),
    constraint security_logs_user_agent_length check (char_length(user_agent) <= 500),
    constraint security_logs_endpoint_length check (char_length(endpoint) <= 500),
    constraint security_logs_severity_known check (severity in ('info', 'warning', 'error', 'critical'))
) partition by range (created_at);
create index security_logs_ip_address_idx on public.security_logs (ip_address, created_at desc);
create index security_logs_user_id_idx on public.security_logs (user_id, created_at desc);
create index security_logs_event_type_idx on public.security_logs (event_type, created_at desc);
create index security_logs_severity_idx on public.security_logs (severity, created_at desc);
create index security_logs_created_at_idx on public.security_logs (created_at);

-- For what no month was made for in time: writing never fails for lack of one.
create table private.security_logs_default partition of public.security_logs default;

comment on table public.security_logs is
    'Refusals and other events of security. Admins read it, workers add to it, nobody changes it; kept for retention.security_logs_days.';
comment on column public.security_logs.event_type is 'Such as guest_token_refused or role_changed.';
comment on column public.security_logs.user_id is 'The account that asked; no foreign key, because the log outlives the account.';
comment on column public.security_logs.ip_address is 'The client''s address; null when no trusted proxy named it.';
comment on column public.security_logs.severity is 'info | warning | error | critical.';
comment on column public.security_logs.request_id is 'The X-Request-Id of the request.';

-- sql/logs/audit_logs.sql

-- One partition a month, so that what is past its retention goes at once. See private.ensure_log_partitions().
create table public.audit_logs (
    id uuid not null default gen_random_uuid(),
    actor_id uuid,
    action text not null,
    table_name text not null,
    row_id text not null,
    old_values jsonb,
    new_values jsonb,
    ip_address inet,
    request_id text,
    created_at timestamptz not null default now(),
    constraint audit_logs_pkey primary key (id, created_at),
    constraint audit_logs_action_known check (action in ('insert', 'update', 'delete'))
) partition by range (created_at);
create index audit_logs_row_idx on public.audit_logs (table_name, row_id, created_at desc);
create index audit_logs_actor_id_idx on public.audit_logs (actor_id, created_at desc);
create index audit_logs_created_at_idx on public.audit_logs (created_at);

-- For what no month was made for in time: writing never fails for lack of one.
create table private.audit_logs_default partition of public.audit_logs default;

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

-- sql/logs/private/log_security_event.sql

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

-- sql/logs/private/audit.sql

-- Trigger of private.audit_writes(): audit('<primary key column>', '<column to leave out>', …), once for all rows of a
-- statement. A customer's own actions are no admin writes, also where a function with more rights carries them out.
create function private.audit()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    left_out constant text[] := tg_argv[1:] || array['created_at', 'updated_at'];
    caller constant uuid := private.caller_id();
    caller_ip inet;
    request text;
begin
    if not (private.is_service() or private.is_admin()) then
        return null;
    end if;
    caller_ip := private.client_ip();
    request := private.request_id();

    if tg_op = 'INSERT' then
        insert into public.audit_logs (actor_id, action, table_name, row_id, new_values, ip_address, request_id)
        select
            caller, 'insert', tg_table_name, written.value ->> tg_argv[0], written.value - left_out, caller_ip, request
        from (select to_jsonb(new_rows) from new_rows) as written (value);
    elsif tg_op = 'DELETE' then
        insert into public.audit_logs (actor_id, action, table_name, row_id, old_values, ip_address, request_id)
        select
            caller, 'delete', tg_table_name, gone.value ->> tg_argv[0], gone.value - left_out, caller_ip, request
        from (select to_jsonb(old_rows) from old_rows) as gone (value);
    else
        -- Materialized, or each field would make its row's JSON anew. A row whose key was changed has no partner: it is
        -- logged as two, whole.
        with before as materialized (
            select to_jsonb(old_rows) ->> tg_argv[0] as row_id, to_jsonb(old_rows) - left_out as value
            from old_rows
        ),

        after as materialized (
            select to_jsonb(new_rows) ->> tg_argv[0] as row_id, to_jsonb(new_rows) - left_out as value
            from new_rows
        )

        insert into public.audit_logs (actor_id, action, table_name, row_id, old_values, new_values, ip_address, request_id)
        select caller, 'update', tg_table_name, row_id, changed.old_values, changed.new_values, caller_ip, request
        from before
        full join after using (row_id)
        cross join lateral (
            select
                jsonb_object_agg(field.key, before.value -> field.key) filter (where before.value is not null),
                jsonb_object_agg(field.key, after.value -> field.key) filter (where after.value is not null)
            from jsonb_object_keys(coalesce(after.value, before.value)) as field (key)
            where before.value -> field.key is distinct from after.value -> field.key
        ) as changed (old_values, new_values)
        where before.value is distinct from after.value;
    end if;
    return null;
end;
$$;

-- The same for one row, for tables whose busiest statements must not even gather their rows: the trigger says by column or
-- WHEN which rows it is for, and costs others nothing.
create function private.audit_row()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    left_out constant text[] := tg_argv[1:] || array['created_at', 'updated_at'];
    before_row jsonb;
    after_row constant jsonb := to_jsonb(new) - left_out;
begin
    if not (private.is_service() or private.is_admin()) then
        return null;
    end if;
    if tg_op = 'UPDATE' then
        before_row := to_jsonb(old) - left_out;
        if before_row = after_row then
            return null;
        end if;
    end if;

    insert into public.audit_logs (actor_id, action, table_name, row_id, old_values, new_values, ip_address, request_id)
    select
        private.caller_id(),
        lower(tg_op),
        tg_table_name,
        to_jsonb(new) ->> tg_argv[0],
        jsonb_object_agg(field.key, before_row -> field.key) filter (where before_row is not null),
        jsonb_object_agg(field.key, after_row -> field.key),
        private.client_ip(),
        private.request_id()
    from jsonb_object_keys(after_row) as field (key)
    where before_row -> field.key is distinct from after_row -> field.key
        or before_row is null;
    return null;
end;
$$;

-- sql/logs/private/audit_writes.sql

-- Has what admins and the service write to a table audited, statement by statement: which table, its primary key, which of
-- its columns are nobody's doing, and which statements; with `direct_only`, not what triggers write.
create procedure private.audit_writes(
    audited regclass,
    key text,
    left_out text[] default '{}',
    actions text[] default '{insert,update,delete}',
    direct_only boolean default false
)
    set search_path = ''
    language plpgsql
    as $$
declare
    action text;
begin
    foreach action in array audit_writes.actions loop
        execute format(
            'create trigger audit_%s after %s on %s referencing %s for each statement %s execute function private.audit(%s)',
            action,
            action,
            audit_writes.audited,
            case action
                when 'insert' then 'new table as new_rows'
                when 'update' then 'old table as old_rows new table as new_rows'
                when 'delete' then 'old table as old_rows'
            end,
            case when audit_writes.direct_only then 'when (pg_trigger_depth() = 0)' end,
            (
                select string_agg(quote_literal(argument.value), ', ' order by argument.position)
                from unnest(audit_writes.key || audit_writes.left_out) with ordinality as argument (value, position)
            )
        );
    end loop;
end;
$$;

-- sql/logs/private/keep_until_retention.sql

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

-- sql/logs/private/ensure_log_partitions.sql

-- Makes the partitions of the logs for this month and some to come, by UTC; run it at least so often. They are in the
-- schema `private`, so that nobody reads past the policies of their tables. A month of which the default partition holds rows
-- already stays there: such rows can't be moved without deleting them.
create function private.ensure_log_partitions(months_ahead integer default 3)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    log_name text;
    month timestamp;
    partition_name text;
    first_moment text;
    last_moment text;
    is_taken boolean;
begin
    -- Two at once would make the same ones.
    perform pg_advisory_xact_lock(hashtext('private.ensure_log_partitions'));

    for log_name, month in
        select logs.name, date_trunc('month', now() at time zone 'UTC') + make_interval(months => ahead)
        from unnest(array['security_logs', 'audit_logs']) as logs (name)
        cross join generate_series(0, ensure_log_partitions.months_ahead) as ahead
    loop
        partition_name := format('%s_%s', log_name, to_char(month, 'YYYY_MM'));
        continue when to_regclass(format('private.%I', partition_name)) is not null;

        first_moment := month::text || '+00';
        last_moment := (month + interval '1 month')::text || '+00';
        execute format(
            'select exists (select from private.%I where created_at >= %L and created_at < %L)',
            log_name || '_default', first_moment, last_moment
        )
        into is_taken;
        continue when is_taken;

        execute format(
            'create table private.%I partition of public.%I for values from (%L) to (%L)',
            partition_name, log_name, first_moment, last_moment
        );
        execute format(
            'create trigger append_only before update or truncate on private.%I '
            'for each statement execute function private.refuse_change()',
            partition_name
        );
    end loop;
end;
$$;

-- sql/logs/private/drop_old_log_partitions.sql

-- Drops the partitions of the logs all of whose rows are older than their retention. Returns how many. What the default
-- partitions hold is deleted row by row.
create function private.drop_old_log_partitions()
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    old_partition regclass;
    dropped integer := 0;
begin
    for old_partition in
        select pg_inherits.inhrelid
        from (values
            ('public.security_logs'::regclass, private.setting_int('retention.security_logs_days')),
            ('public.audit_logs'::regclass, private.setting_int('retention.audit_logs_days'))
        ) as logs (oid, days)
        inner join pg_catalog.pg_inherits on pg_inherits.inhparent = logs.oid
        inner join pg_catalog.pg_class on pg_class.oid = pg_inherits.inhrelid
        cross join lateral (
            select to_date(substring(pg_class.relname from '_([0-9]{4}_[0-9]{2})$'), 'YYYY_MM') + interval '1 month'
        ) as month (ends_at)
        where month.ends_at at time zone 'UTC' < now() - make_interval(days => logs.days)
        order by pg_class.relname
    loop
        execute format('drop table %s', old_partition);
        dropped := dropped + 1;
    end loop;
    return dropped;
end;
$$;

-- sql/logs/triggers.sql

-- A partition has its own triggers for statements that name it; those for rows it takes over from its table.
create trigger append_only
    before update or truncate on public.audit_logs
    for each statement execute function private.refuse_change();

create trigger append_only
    before update or truncate on private.audit_logs_default
    for each statement execute function private.refuse_change();

create trigger keep_until_retention
    before delete on public.audit_logs
    for each row execute function private.keep_until_retention('retention.audit_logs_days');

create trigger append_only
    before update or truncate on public.security_logs
    for each statement execute function private.refuse_change();

create trigger append_only
    before update or truncate on private.security_logs_default
    for each statement execute function private.refuse_change();

create trigger keep_until_retention
    before delete on public.security_logs
    for each row execute function private.keep_until_retention('retention.security_logs_days');

-- sql/logs/partitions.sql

do $$
begin
    perform private.ensure_log_partitions();
end;
$$;

-- sql/logs/access.sql

alter table public.security_logs enable row level security;
alter table public.audit_logs enable row level security;

grant select on public.security_logs to authenticated;
grant select, insert on public.security_logs to service_role;
grant select on public.audit_logs to authenticated, service_role;

create policy "admins read security logs" on public.security_logs
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins read audit logs" on public.audit_logs
    for select to authenticated
    using ((select private.is_admin()));
