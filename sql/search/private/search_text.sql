-- A text as documents hold it: normalised; where a number is followed by a word, both apart and as one word, so that 500 g,
-- 500g and a begun "500 grammes" are found by either; decimal numbers also in their two halves.
create function private.search_text(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    normal constant text := private.normalise(value);
begin
    if normal !~ '[0-9]' then
        return normal;
    end if;
    return regexp_replace(
        regexp_replace(normal, '(^| )([0-9]+(?:ø[0-9]+)?) ?([^0-9ø ][^ ]*)', '\1\2\3 \2 \3', 'g'),
        '(^| )([0-9]+)ø([0-9]+)(?= |$)',
        '\1\2ø\3 \2 \3',
        'g'
    );
end;
$$;
