-- A number with this many decimals, as it is kept and shown; one that has more stays as it is, for a check to refuse it.
create function private.with_scale(value numeric, decimals integer)
    returns numeric
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case when value = round(value, decimals) then round(value, decimals) else value end;
end;
$$;
