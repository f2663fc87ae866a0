-- The address as it is kept, where it comes as it is kept: short plain texts without blanks around them, under keys of its own;
-- without a country it is in this one. Most addresses are such. Others are null here, and are looked at part by part:
-- private.address_faults, private.clean_address.
create function private.plain_address(address jsonb, country text)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(plain_address.address) = 'object'
        and plain_address.address ?& array['full_name', 'line1', 'city']
        and private.is_simple_text(plain_address.address::text)
        and not exists (
            select
            from jsonb_each(plain_address.address) as part
            where jsonb_typeof(part.value) <> 'string'
                or btrim(part.value #>> '{}') <> part.value #>> '{}'
                or not case part.key
                    when 'phone' then part.value #>> '{}' ~ '^\+?[0-9]{6,15}$'
                    when 'country' then part.value #>> '{}' ~ '^[A-Z][A-Z]$'
                    else char_length(part.value #>> '{}') between 1 and case part.key
                        when 'full_name' then 200
                        when 'line1' then 200
                        when 'line2' then 200
                        when 'city' then 100
                        when 'region' then 100
                        when 'postal_code' then 20
                        else 0
                    end
                end
        ) then
        return jsonb_build_object('country', plain_address.country) || plain_address.address;
    end if;
    return null;
end;
$$;
