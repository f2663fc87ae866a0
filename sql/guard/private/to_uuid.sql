-- Text as a UUID; null when it is none.
create function private.to_uuid(value text)
    returns uuid
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value ~* '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' then value::uuid
    end;
end;
$$;
