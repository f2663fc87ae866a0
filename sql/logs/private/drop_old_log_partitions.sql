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
