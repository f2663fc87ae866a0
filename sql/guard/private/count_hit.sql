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
