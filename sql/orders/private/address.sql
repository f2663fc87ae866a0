-- An address as clients send it: the keys of user_addresses. A saved row may be sent as it is, so its own columns pass.

-- What is wrong with it, each key behind `field`; {} when nothing is.
create function private.address_faults(address jsonb, field text)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(address_faults.address) is distinct from 'object' then
        return jsonb_build_object(address_faults.field, 'must be an object with full_name, line1, city and country');
    end if;

    return coalesce((
        select jsonb_object_agg(address_faults.field || '.' || fault.key, fault.reason)
        from (
            select
                known.key,
                case
                    when jsonb_typeof(address_faults.address -> known.key) not in ('string', 'null') then 'must be a string'
                    when known.key = 'country' then case
                        when address_faults.address ->> 'country' !~ '^\s*[A-Za-z]{2}\s*$' then 'is not an ISO country code of two letters'
                    end
                    when known.key = 'phone' then private.phone_fault(nullif(btrim(address_faults.address ->> 'phone'), ''))
                    else private.text_fault(address_faults.address ->> known.key, known.max_length, known.required)
                end as reason
            from (
                values
                    ('label', 50, false),
                    ('full_name', 200, true),
                    ('phone', 20, false),
                    ('line1', 200, true),
                    ('line2', 200, false),
                    ('city', 100, true),
                    ('region', 100, false),
                    ('postal_code', 20, false),
                    ('country', 2, false)
            ) as known (key, max_length, required)
            union all
            select left(sent.key, 50), 'is not part of an address'
            from jsonb_object_keys(address_faults.address) as sent (key)
            where sent.key not in (
                'label', 'full_name', 'phone', 'line1', 'line2', 'city', 'region', 'postal_code', 'country',
                'id', 'user_id', 'is_default_shipping', 'is_default_billing', 'created_at', 'updated_at'
            )
        ) as fault
        where fault.reason is not null
    ), '{}'::jsonb);
end;
$$;
grant execute on function private.address_faults to authenticated, service_role;

-- The address as it is kept: its own keys only, trimmed, empty ones left out, with a country.
create function private.clean_address(address jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if clean_address.address is null then
        return null;
    end if;
    return (
        select jsonb_build_object('country', private.setting_text('store.country')) || coalesce(jsonb_object_agg(
            part.key,
            case when part.key = 'country' then upper(btrim(part.value)) else btrim(part.value) end
        ), '{}'::jsonb)
        from jsonb_each_text(clean_address.address) as part
        where part.key in ('label', 'full_name', 'phone', 'line1', 'line2', 'city', 'region', 'postal_code', 'country')
            and btrim(part.value) <> ''
    );
end;
$$;
grant execute on function private.clean_address to authenticated, service_role;
