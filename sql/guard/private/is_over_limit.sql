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
