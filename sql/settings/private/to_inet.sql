-- Text as an address or network; null when it is neither.
create function private.to_inet(value text)
    returns inet
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return value::inet;
exception
    when invalid_text_representation then
        return null;
end;
$$;
