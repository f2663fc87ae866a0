-- What is wrong with the name of an object in Storage; null when nothing is.
create function private.storage_path_fault(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language sql
    as $$
    select case
        when value !~ '^[^\s/\\][^\\]*$' or value ~ '(^|/)\.\.?(/|$)' then 'is not the name of an object in Storage'
        else private.text_fault(value, 1000)
    end;
$$;
grant execute on function private.storage_path_fault to anon, authenticated, service_role;
