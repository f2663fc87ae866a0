-- Whether zones (MA, or MA:Casablanca; none means everywhere) hold an address.
create function private.serves(zones text[], country text, city text)
    returns boolean
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    place_country constant text := upper(private.trimmed(serves.country));
    place_city text;
begin
    if serves.zones = '{}' or place_country = any(serves.zones) then
        return true;
    end if;

    place_city := private.normal_place(serves.city);
    return exists (
        select
        from unnest(serves.zones) as zone
        where starts_with(zone, place_country || ':')
            and private.normal_place(substr(zone, 4)) = place_city
    );
end;
$$;
grant execute on function private.serves to anon, authenticated, service_role;
