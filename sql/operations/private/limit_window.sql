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
