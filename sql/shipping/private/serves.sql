create function private.serves(zones text[], country text, city text)
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return serves.zones = '{}'
        or exists (
            select
            from unnest(serves.zones) as zone
            where upper(split_part(zone, ':', 1)) = upper(btrim(serves.country))
                and (
                    position(':' in zone) = 0
                    or private.normal_place(substr(zone, position(':' in zone) + 1)) = private.normal_place(serves.city)
                )
        );
end;
$$;
grant execute on function private.serves to anon, authenticated, service_role;
