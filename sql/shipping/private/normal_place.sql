-- A city as it is compared: case, accents and spaces around it aside ("Fès" is "fes").
create function private.normal_place(name text)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select lower(extensions.unaccent('extensions.unaccent'::regdictionary, btrim(name)));
$$;
grant execute on function private.normal_place to anon, authenticated, service_role;
