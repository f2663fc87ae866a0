-- What is wrong with an address as clients send it, each key behind `field`; {} when nothing is. Its keys are those of
-- user_addresses. A saved row may be sent as it is, so its own columns pass.
create function private.address_faults(address jsonb, field text)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(address_faults.address) is distinct from 'object' then
        return jsonb_build_object(address_faults.field, '["not_object"]'::jsonb);
    end if;

    return coalesce((
        select jsonb_object_agg(address_faults.field || '.' || fault.key, fault.fault)
        from (
            select
                known.key,
                case
                    when jsonb_typeof(address_faults.address -> known.key) not in ('string', 'null')
                        then '["pattern", "text", {"reason": "must be a string"}]'::jsonb
                    when known.key = 'country' then private.country_fault(address_faults.address ->> 'country')
                    when known.key = 'phone' then private.phone_fault(address_faults.address ->> 'phone')
                    else private.text_fault(address_faults.address ->> known.key, known.max_length, known.required)
                end as fault
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
            select left(sent.key, 50), '["unknown_key"]'
            from jsonb_object_keys(address_faults.address) as sent (key)
            where sent.key not in (
                'label', 'full_name', 'phone', 'line1', 'line2', 'city', 'region', 'postal_code', 'country',
                'id', 'user_id', 'is_default_shipping', 'is_default_billing', 'created_at', 'updated_at'
            )
        ) as fault
        where fault.fault is not null
    ), '{}'::jsonb);
end;
$$;
grant execute on function private.address_faults to authenticated, service_role;
