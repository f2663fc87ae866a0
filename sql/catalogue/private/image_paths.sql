-- The names of all objects in Storage that a picture consists of. An index is made of it.
create function private.image_paths(storage_path text, variants jsonb)
    returns text[]
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return array_remove(
        array[storage_path] || array(select size ->> 'storage_path' from jsonb_array_elements(variants) as size),
        null
    );
end;
$$;
grant execute on function private.image_paths to anon, authenticated, service_role;
