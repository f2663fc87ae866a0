-- What is wrong with a shipping method's zones; null when nothing is.
create function private.zones_fault(zones text[])
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    bad_zone text;
begin
    if zones is null then
        return '["required", {"reason": "is required; an empty array means everywhere"}]'::jsonb;
    end if;
    if array_ndims(zones) > 1 then
        return '["pattern", "MA:Casablanca", {"reason": "must be one array of countries (MA) and cities (MA:Casablanca)"}]'::jsonb;
    end if;
    if cardinality(zones) > 1000 then
        return '["too_many", 1000]'::jsonb;
    end if;

    select coalesce(zone, 'null')
    into bad_zone
    from unnest(zones) as zone
    where zone is null
        or zone !~ '^[A-Z]{2}(:.{1,100})?$'
        or char_length(zone) > 2 and private.normal_place(substr(zone, 4)) = ''
        or not private.is_plain_text(zone)
    limit 1;
    return case
        when bad_zone is not null then jsonb_build_array('pattern', 'MA:Casablanca', jsonb_build_object(
            'reason', format('holds "%s", which is neither a country (MA) nor a city (MA:Casablanca)', left(bad_zone, 50))
        ))
    end;
end;
$$;
grant execute on function private.zones_fault to authenticated, service_role;
