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
    faults jsonb;
    known_keys text[];
begin
    faults := jsonb_strip_nulls(jsonb_build_object(
        'q', case when char_length(search_faults.q) > 200 then 'is too long (at most 200 characters)' end,
        'category_slug', case when char_length(search_faults.category_slug) > 100 then 'is too long (at most 100 characters)' end,
        'brand', case when char_length(search_faults.brand) > 100 then 'is too long (at most 100 characters)' end,
        'min_price', case
            when not (search_faults.min_price >= 0 and search_faults.min_price < 100000000) then 'must be 0 or more, and below 100000000'
        end,
        'max_price', case
            when not (search_faults.max_price >= 0 and search_faults.max_price < 100000000) then 'must be 0 or more, and below 100000000'
            when search_faults.max_price < search_faults.min_price then 'must not be below min_price'
        end
    ));

    if search_faults.specifications is null then
        return faults;
    end if;
    if jsonb_typeof(search_faults.specifications) <> 'object' then
        return faults || '{"specifications": "must be an object of key to value or to array of values"}';
    end if;
    if octet_length(search_faults.specifications::text) > 10000 then
        return faults || '{"specifications": "is too large (at most 10000 bytes)"}';
    end if;

    select array_agg(distinct attributes.key)
    into known_keys
    from public.categories
    cross join lateral private.category_branch(categories.id) as branch (id)
    cross join lateral private.category_schema(branch.id) as attributes
    where categories.slug = search_faults.category_slug;

    return faults || coalesce(
        (
            select jsonb_object_agg('specifications.' || checked.key, checked.reason)
            from (
                select
                    given.key,
                    case
                        when given.key <> all(known_keys)
                            then 'is not an attribute of this category; known are ' || array_to_string(known_keys, ', ')
                        when jsonb_typeof(given.value) = 'array' and (
                            given.value = '[]'
                            or exists (
                                select
                                from jsonb_array_elements(given.value) as element
                                where jsonb_typeof(element) not in ('string', 'number', 'boolean')
                            )
                        ) then 'must hold texts, numbers or booleans, at least one'
                        when jsonb_typeof(given.value) in ('object', 'null') then 'must be a text, a number, a boolean or an array of them'
                    end as reason
                from jsonb_each(search_faults.specifications) as given
            ) as checked
            where checked.reason is not null
        ),
        '{}'
    );
end;
$$;
