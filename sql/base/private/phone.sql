-- Telephone numbers are what people write: "(0522) 27-00-00", "+212 (0)6 61 00 00 00", "٠٦٦١٠٠٠٠٠٠".

-- The text with the digits of every script as those of ASCII.
create function private.ascii_digits(value text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    -- The zero of each script; the other nine digits follow it in Unicode.
    zeros constant text := u&'\0660\06F0\07C0\0966\09E6\0A66\0AE6\0B66\0BE6\0C66\0CE6\0D66\0DE6\0E50\0ED0\0F20\1040\1090\17E0\1810'
        || u&'\1946\19D0\1A80\1A90\1B50\1BB0\1C40\1C50\A620\A8D0\A900\A9D0\A9F0\AA50\ABF0\FF10\+0104A0\+010D30\+011066\+0110F0'
        || u&'\+011136\+0111D0\+0112F0\+011450\+0114D0\+011650\+0116C0\+011730\+0118E0\+011950\+011C50\+011D50\+011DA0\+016A60'
        || u&'\+016AC0\+016B50\+01D7CE\+01D7D8\+01D7E2\+01D7EC\+01D7F6\+01E140\+01E2F0\+01E950\+01FBF0';
begin
    if octet_length(value) = char_length(value) then
        return value;
    end if;
    -- Those of the shop's own languages, without looking at each character.
    value := translate(value, u&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9',
        '01234567890123456789');
    if octet_length(value) = char_length(value) then
        return value;
    end if;
    return (
        select string_agg(
            coalesce(
                (
                    select (ascii(letter.value) - ascii(zero.value))::text
                    from string_to_table(zeros, null) as zero (value)
                    where ascii(letter.value) between ascii(zero.value) and ascii(zero.value) + 9
                ),
                letter.value
            ),
            '' order by letter.position
        )
        from string_to_table(value, null) with ordinality as letter (value, position)
    );
end;
$$;
grant execute on function private.ascii_digits to authenticated, service_role;

-- The number as it is kept: without invisible marks, digits, dashes and blanks as those of ASCII; null when nothing is left.
create function private.clean_phone(value text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    if value ~ '^[+0-9-]+$' then
        return value;
    end if;
    if octet_length(value) > char_length(value) then
        -- Also the full-width forms of `+`, brackets and dots. What is far too long is refused, so it need not be read.
        value := normalize(private.without_invisible(left(value, 200)), nfkc);
        value := translate(value, u&'\2010\2011\2012\2013\2014\2015\2212\2044\2215', '-------//');
        value := regexp_replace(value, '[\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]', ' ', 'g');
        value := private.ascii_digits(value);
    end if;
    return nullif(btrim(regexp_replace(value, '\s+', ' ', 'g')), '');
end;
$$;
grant execute on function private.clean_phone to authenticated, service_role;

-- What is wrong with a telephone number, cleaned or not; null when nothing is.
create function private.phone_fault(value text, required boolean default false)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    cleaned text;
begin
    if value ~ '^\+?[0-9]{6,15}$' then
        return null;
    end if;
    cleaned := private.clean_phone(value);
    return case
        when cleaned is null then case when required then '["required"]'::jsonb end
        when char_length(cleaned) > 40 then '["too_long", 40]'
        when cleaned !~ '^[( ]*\+?[0-9 ()./-]+$' or char_length(regexp_replace(cleaned, '[^0-9]', '', 'g')) not between 6 and 15
            then '["not_phone"]'
    end;
end;
$$;
grant execute on function private.phone_fault to authenticated, service_role;
