-- A code as it is compared, but for its case: without the blanks around it and the invisible characters that come along when
-- it is copied from a mail; null when nothing is left.
create function private.clean_code(code text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.trimmed(private.without_invisible(code));
end;
$$;
grant execute on function private.clean_code to authenticated, service_role;
