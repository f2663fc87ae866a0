-- What is wrong with the arguments that search_products and product_facets share.
create function private.search_faults(
    q text,
    category_slug text,
    brand text,
    min_price numeric,
    max_price numeric,
    specifications jsonb
)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    most constant numeric := 99999999.99;
    faults jsonb;
    known_keys text[];
begin
    faults := jsonb_build_object(
        'q', case when char_length(search_faults.q) > 200 then '["too_long", 200]'::jsonb end,
        'category_slug', case when char_length(search_faults.category_slug) > 100 then '["too_long", 100]'::jsonb end,
        'brand', case when char_length(search_faults.brand) > 100 then '["too_long", 100]'::jsonb end,
        'min_price', case
            when search_faults.min_price < 0 then '["below", 0]'::jsonb
            when search_faults.min_price > most then jsonb_build_array('above', most)
        end,
        'max_price', case
            when search_faults.max_price < 0 then '["below", 0]'::jsonb
            when search_faults.max_price > most then jsonb_build_array('above', most)
            when search_faults.max_price < search_faults.min_price
                then '["order", "min_price", {"reason": "must not be below min_price"}]'
        end
    );

    if search_faults.specifications is null then
        return faults;
    end if;
    if jsonb_typeof(search_faults.specifications) <> 'object' then
        return faults
            || '{"specifications": ["not_object", {"reason": "must be an object of key to value or to array of values"}]}';
    end if;
    if octet_length(search_faults.specifications::text) > 10000 then
        return faults || '{"specifications": ["too_long", 10000]}';
    end if;

    select array_agg(distinct attributes.key)
    into known_keys
    from public.categories
    cross join lateral private.category_branch(categories.id) as branch (id)
    cross join lateral private.category_schema(branch.id) as attributes
    where categories.slug = search_faults.category_slug;

    return faults || coalesce(
        (
            select jsonb_object_agg('specifications.' || given.key, checked.fault)
            from jsonb_each(search_faults.specifications) as given
            cross join lateral (
                select case
                    when given.key <> all(known_keys) then jsonb_build_array(
                        'unknown_key',
                        jsonb_build_object(
                            'reason',
                            'is not an attribute of this category; known are ' || array_to_string(known_keys, ', ')
                        )
                    )
                    when given.value in ('null', '[]') then '["required"]'
                    when jsonb_typeof(given.value) = 'object'
                        or exists (
                            select
                            from jsonb_array_elements(
                                case when jsonb_typeof(given.value) = 'array' then given.value else '[]' end
                            ) as element
                            where jsonb_typeof(element) not in ('string', 'number', 'boolean')
                        )
                        then jsonb_build_array(
                            'one_of', 'text', 'number', 'boolean',
                            '{"reason": "must be a text, a number, a boolean or an array of them"}'::jsonb
                        )
                end as fault
            ) as checked
            where checked.fault is not null
        ),
        '{}'
    );
end;
$$;
