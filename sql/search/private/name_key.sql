-- What a hit is sorted by for its name in these languages, as an expression on rows named `alias`: the best translation
-- there is, else the name itself, which alone has an index.
create function private.name_key(alias text, languages text[])
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    forms text[] := '{}'::text[];
    language text;
begin
    if languages = '{}' then
        return alias || '.name';
    end if;
    foreach language in array languages loop
        forms := forms || format('%s.names ->> %L', alias, language);
    end loop;
    return format('coalesce(%s, %s.name)', array_to_string(forms, ', '), alias);
end;
$$;
