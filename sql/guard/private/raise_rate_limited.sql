-- Refuses who is over a limit such as "30/minute"; Retry-After says when its window ends.
create function private.raise_rate_limited(limit_text text)
    returns void
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    present record;
begin
    present := private.limit_window(raise_rate_limited.limit_text);
    perform private.raise_error('rate_limited', retry_after_seconds => present.seconds_left);
end;
$$;
