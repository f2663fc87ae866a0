-- A SKU as it is searched by: normalised, in one word.
create function private.search_code(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return translate(private.normalise(value), ' ø', '');
end;
$$;
