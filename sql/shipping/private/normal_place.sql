-- A city as it is compared: case, accents and spaces around it aside ("Fès" is "fes").
create function private.normal_place(name text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return lower(extensions.unaccent('extensions.unaccent'::regdictionary, btrim(normal_place.name)));
end;
$$;
grant execute on function private.normal_place to anon, authenticated, service_role;
