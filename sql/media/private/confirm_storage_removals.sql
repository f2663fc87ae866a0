create function private.confirm_storage_removals(paths text[])
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    confirmed integer;
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    if confirm_storage_removals.paths is null then
        perform private.raise_invalid('{"paths": ["required"]}');
    end if;

    delete from private.storage_uploads
    where storage_uploads.path = any(confirm_storage_removals.paths);
    get diagnostics confirmed = row_count;
    return confirmed;
end;
$$;
grant execute on function private.confirm_storage_removals to service_role;
