-- A limit such as "30/minute" as the present window: how many are allowed in it, from when to when, and how many seconds
-- are left of it (at least 1). Windows are counted from the epoch, as the edge counts them.
create function private.limit_window(
    limit_text text,
    out max_hits integer,
    out starts_at timestamptz,
    out ends_at timestamptz,
    out seconds_left integer
)
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    length constant interval := case split_part(limit_text, '/', 2)
        when 'second' then interval '1 second'
        when 'minute' then interval '1 minute'
        when 'hour' then interval '1 hour'
        when 'day' then interval '24 hours'
    end;
begin
    max_hits := split_part(limit_text, '/', 1)::integer;
    starts_at := date_bin(length, now(), timestamptz 'epoch');
    ends_at := starts_at + length;
    seconds_left := ceil(extract(epoch from ends_at - now()))::integer;
end;
$$;
