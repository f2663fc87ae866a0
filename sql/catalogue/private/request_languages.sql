-- The store's languages that the request's Accept-Language prefers to the store's first one, best first. plpgsql here
-- and in private.localise: their plans are kept, and they run for every row of a list.
create function private.request_languages()
    returns text[]
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    header constant text := lower(left(private.request_header('accept-language'), 500));
    best constant text := split_part(header, ',', 1);
    spoken text[];
    languages text[];
begin
    if coalesce(header, '') in ('', '*') then
        return '{}'::text[];
    end if;
    select shop_settings.languages
    into spoken
    from private.shop_settings;
    -- Most people ask for the store's first language before any other.
    if split_part(best, '-', 1) = spoken[1] and strpos(best, ';') = 0 then
        return '{}'::text[];
    end if;

    select array_agg(accepted.language order by accepted.quality desc, accepted.position)
    into languages
    from (
        select
            parts.match[1] as language,
            coalesce(parts.match[2]::numeric, 1) as quality,
            entry.position
        from unnest(string_to_array(header, ',')) with ordinality as entry (value, position)
        cross join lateral regexp_match(
            entry.value, '^\s*([a-z]{2,3})(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{1,3})?))?\s*$'
        ) as parts (match)
        where parts.match is not null
    ) as accepted
    where accepted.quality > 0 and accepted.language = any(spoken);

    return coalesce(languages[:coalesce(array_position(languages, spoken[1]) - 1, cardinality(languages))], '{}');
end;
$$;
grant execute on function private.request_languages to anon, authenticated, service_role;
