-- What is wrong with a picture's smaller sizes; null when nothing is.
create function private.image_variants_fault(variants jsonb)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(image_variants_fault.variants) is distinct from 'array' then
        return 'must be an array of {width, height, url, storage_path}';
    end if;
    if jsonb_array_length(image_variants_fault.variants) > 5 then
        return 'has too many entries (at most 5)';
    end if;

    return (
        select format('[%s]: %s', size.position - 1, fault.reason)
        from jsonb_array_elements(image_variants_fault.variants) with ordinality as size (value, position)
        cross join lateral (
            select case
                when jsonb_typeof(size.value) <> 'object' then 'must be {width, height, url, storage_path}'
                when size.value - array['width', 'height', 'url', 'storage_path'] <> '{}'::jsonb
                    or jsonb_typeof(size.value -> 'url') is distinct from 'string'
                    or jsonb_typeof(size.value -> 'storage_path') not in ('string', 'null')
                    then 'must be {width, height, url, storage_path}'
                when coalesce(size.value ->> 'width', '') !~ '^(100000|[1-9][0-9]{0,4})$'
                    or jsonb_typeof(size.value -> 'width') <> 'number'
                    then 'width must be 1 to 100000 pixels'
                when coalesce(size.value ->> 'height', '') !~ '^(100000|[1-9][0-9]{0,4})$'
                    or jsonb_typeof(size.value -> 'height') <> 'number'
                    then 'height must be 1 to 100000 pixels'
                else coalesce(
                    'url ' || private.image_url_fault(size.value ->> 'url', required => true),
                    'storage_path ' || private.storage_path_fault(size.value ->> 'storage_path')
                )
            end
        ) as fault (reason)
        where fault.reason is not null
        order by size.position
        limit 1
    );
end;
$$;
grant execute on function private.image_variants_fault to anon, authenticated, service_role;
