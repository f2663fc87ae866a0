-- The words of a text, normalised, in order.
create function private.search_words(value text)
    returns text[]
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return array_remove(string_to_array(private.normalise(value), ' '), '');
end;
$$;
grant execute on function private.search_words to anon, authenticated, service_role;
