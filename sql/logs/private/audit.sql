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
