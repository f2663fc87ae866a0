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
