-- What is wrong with the name of an object in Storage; null when nothing is.
create function private.storage_path_fault(value text)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value !~ '^[^\s/\\][^\\]*$' or value ~ '(^|/)\.\.?(/|$)'
            then '["pattern", "folder/picture.webp", {"reason": "is not the name of an object in Storage"}]'::jsonb
        else private.text_fault(value, 1000)
    end;
end;
$$;
grant execute on function private.storage_path_fault to anon, authenticated, service_role;
