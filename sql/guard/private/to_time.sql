-- Text as a point in time; null when it is none.
create function private.to_time(value text)
    returns timestamptz
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return value::timestamptz;
exception
    when data_exception then
        return null;
end;
$$;
