-- An https URL without a user in it, or a plain http one to this machine.
create function private.is_safe_url(value text)
    returns boolean
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return value ~ '^(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?([/?#][!-~]*)?$';
end;
$$;
