-- What people do not see: white space of any kind, and characters without a form of their own.

-- The text without invisible characters: soft hyphens, zero-width ones, marks and overrides of direction, variation
-- selectors, fillers. By code, because character classes depend on the database's locale.
create function private.without_invisible(value text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    -- ASCII has none, and is what most texts are.
    if octet_length(value) = char_length(value) then
        return value;
    end if;
    return regexp_replace(
        value,
        '[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164'
            || '\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff]',
        '',
        'g'
    );
end;
$$;
grant execute on function private.without_invisible to anon, authenticated, service_role;

-- The text without blanks of any kind at its ends; null when nothing is left that can be seen. Marks of direction and
-- variation selectors at an end stay: they belong to the word or picture before them.
create function private.trimmed(value text)
    returns text
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    blanks constant text := E' \t\n\u000b\f\r\u0085\u00a0\u1680\u180e\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a'
        || E'\u2028\u2029\u202f\u205f\u3000\u00ad\u200b\u2060\ufeff';
    first_code constant integer := ascii(value);
begin
    -- Where the first character is a printable one of ASCII, or a Latin or Arabic letter, there is something to see.
    if first_code between 33 and 126 or first_code between 192 and 591 or first_code between 1568 and 1610 then
        return btrim(value, blanks);
    end if;
    return case when btrim(private.without_invisible(value), blanks) <> '' then btrim(value, blanks) end;
end;
$$;
grant execute on function private.trimmed to anon, authenticated, service_role;

-- Whether there is nothing to see: no text, or blanks and invisible characters only.
create function private.is_blank(value text)
    returns boolean
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.trimmed(value) is null;
end;
$$;
grant execute on function private.is_blank to anon, authenticated, service_role;
