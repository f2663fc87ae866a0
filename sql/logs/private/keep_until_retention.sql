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
