-- A text in the request's language: the best translation there is, else the text itself.
create function private.localise(translations jsonb, field text, original text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    language text;
begin
    if localise.translations is null or localise.translations = '{}' then
        return localise.original;
    end if;

    foreach language in array private.request_languages() loop
        if btrim(localise.translations -> language ->> localise.field) <> '' then
            return localise.translations -> language ->> localise.field;
        end if;
    end loop;
    return localise.original;
end;
$$;
grant execute on function private.localise to anon, authenticated, service_role;
