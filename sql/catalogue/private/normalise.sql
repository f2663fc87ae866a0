-- How texts are compared in search: lower case, without accents, punctuation as spaces; Arabic without vowel signs and
-- tatweel, with one form of alef, ya, ta marbuta and the carriers of hamza, and with European digits.
-- Immutable, because the dictionary is named and the rules of `unaccent` do not change within a version of PostgreSQL.
-- plpgsql, here and where it is called, because that keeps its plans: this runs several times for every product written.
create function private.normalise(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    normal text := lower(extensions.unaccent('extensions.unaccent'::regdictionary, value));
begin
    if normal ~ '[\u0600-\u06ff]' then
        normal := translate(
            normal,
            u&'\0623\0625\0622\0671\0649\06CC\0626\0624\0629\06A9\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669'
                || u&'\0640\064B\064C\064D\064E\064F\0650\0651\0652\0653\0654\0655\0670',
            u&'\0627\0627\0627\0627\064A\064A\064A\0648\0647\06430123456789'
        );
    end if;
    return btrim(regexp_replace(
        normal,
        -- ASCII and common punctuation by code, because character classes depend on the database's locale.
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u3000-\u303f\u060c\u061b\u061f\u066a-\u066c]+',
        ' ',
        'g'
    ));
end;
$$;
comment on function private.normalise is 'A text as search compares it.';
grant execute on function private.normalise to anon, authenticated, service_role;
