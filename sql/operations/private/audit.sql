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
