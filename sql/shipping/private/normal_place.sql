-- A city as it is compared: without case, accents, hyphens, blanks and invisible characters, and with the letters of Arabic
-- that people use for each other folded ("Beni-Mellal" is "Béni Mellal", "اكادير" is "أكادير").
create function private.normal_place(name text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    normal text := lower(name);
begin
    if octet_length(normal) > char_length(normal) then
        -- Decomposed accents and the forms of presentation of Arabic become letters.
        normal := normalize(private.without_invisible(normal), nfkc);
        normal := lower(extensions.unaccent('extensions.unaccent'::regdictionary, normal));
        normal := translate(
            normal,
            -- Alefs, yas, waw with hamza, ta marbuta, the letters for k and g; then what is left out: hamza, tatweel, vowel signs.
            u&'\0623\0625\0622\0671\0649\06CC\0626\0624\0629\06C1\06A9\06AD\06AF\0763\0762'
                || u&'\0621\0640\064B\064C\064D\064E\064F\0650\0651\0652\0653\0654\0655\0670',
            u&'\0627\0627\0627\0627\064A\064A\064A\0648\0647\0647\0643\0643\0643\0643\0643'
        );
    end if;
    -- Every hyphen, dash and blank.
    return regexp_replace(normal, '[\u0001-\u0020\u002d\u0085\u00a0\u1680\u2000-\u2015\u2028\u2029\u202f\u205f\u2212\u3000]', '', 'g');
end;
$$;
grant execute on function private.normal_place to anon, authenticated, service_role;
