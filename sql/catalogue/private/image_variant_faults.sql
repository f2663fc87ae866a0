-- What is wrong with a picture's smaller sizes: {"variants.0.width": fault}.
create function private.image_variant_faults(variants jsonb)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    if image_variant_faults.variants = '[]' then
        return '{}'::jsonb;
    end if;
    if jsonb_typeof(image_variant_faults.variants) is distinct from 'array' then
        return '{"variants": ["not_array", {"reason": "must be an array of {width, height, url, storage_path}"}]}'::jsonb;
    end if;
    if jsonb_array_length(image_variant_faults.variants) > 5 then
        return '{"variants": ["too_many", 5]}'::jsonb;
    end if;

    return (
        select coalesce(jsonb_object_agg(concat_ws('.', 'variants', size.position - 1, found.field), found.fault), '{}')
        from jsonb_array_elements(image_variant_faults.variants) with ordinality as size (value, position)
        cross join lateral (
            select
                null as field,
                '["not_object", {"reason": "must be {width, height, url, storage_path}"}]'::jsonb as fault
            where jsonb_typeof(size.value) <> 'object'

            union all

            select unknown.key, '["unknown_key"]'
            from jsonb_object_keys(case when jsonb_typeof(size.value) = 'object' then size.value else '{}' end) as unknown (key)
            where unknown.key not in ('width', 'height', 'url', 'storage_path')

            union all

            select
                text.field,
                case
                    when jsonb_typeof(size.value -> text.field) not in ('string', 'null')
                        then '["pattern", "text", {"reason": "must be a text"}]'
                    when text.field = 'url' then private.image_url_fault(size.value ->> 'url', required => true)
                    else private.storage_path_fault(size.value ->> 'storage_path')
                end
            from (values ('url'), ('storage_path')) as text (field)
            where jsonb_typeof(size.value) = 'object'

            union all

            select
                side.field,
                case
                    when jsonb_typeof(size.value -> side.field) not in ('number', 'null') then '["not_number"]'
                    else private.number_fault((size.value ->> side.field)::numeric, 1, 100000, required => true)
                end
            from (values ('width'), ('height')) as side (field)
            where jsonb_typeof(size.value) = 'object'
        ) as found
        where found.fault is not null
    );
end;
$$;
