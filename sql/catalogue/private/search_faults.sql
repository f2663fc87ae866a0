-- What is wrong with the filters of search_products and product_facets.
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
begin
    faults := jsonb_strip_nulls(jsonb_build_object(
        'q', case when char_length(search_faults.q) > 200 then 'is too long (at most 200 characters)' end,
        'category_slug', case when char_length(search_faults.category_slug) > 100 then 'is too long (at most 100 characters)' end,
        'brand', case when char_length(search_faults.brand) > 100 then 'is too long (at most 100 characters)' end,
        'min_price', case when not search_faults.min_price between 0 and 99999999.99 then 'is out of range' end,
        'max_price', case
            when not search_faults.max_price between 0 and 99999999.99 then 'is out of range'
            when search_faults.max_price < search_faults.min_price then 'must not be below min_price'
        end,
        'specifications', case
            when search_faults.specifications is null or jsonb_typeof(search_faults.specifications) = 'null' then null
            when jsonb_typeof(search_faults.specifications) <> 'object' then 'must be an object of key to value, or to an array of values'
            when (select count(*) from jsonb_object_keys(search_faults.specifications)) > 20 then 'has more than 20 keys'
        end
    ));
    if jsonb_typeof(search_faults.specifications) is distinct from 'object' or faults ? 'specifications' then
        return faults;
    end if;

    return faults || coalesce((
        with known as materialized (
            select distinct category_attributes.key
            from public.category_attributes
            where search_faults.category_slug is null
                or category_attributes.category_id in (
                    select line.id
                    from public.categories
                    cross join lateral private.category_and_above(categories.id) as line
                    where categories.slug = search_faults.category_slug
                    union all
                    select private.category_and_below(categories.id)
                    from public.categories
                    where categories.slug = search_faults.category_slug
                )
        )

        select jsonb_object_agg('specifications.' || fault.key, fault.reason)
        from (
            select
                left(given.key, 50) as key,
                case
                    when exists (select from known) and given.key not in (select known.key from known) then 'is not an attribute of the category'
                    when jsonb_typeof(given.value) = 'array' then case
                        when jsonb_array_length(given.value) not between 1 and 50 then 'must have 1 to 50 values'
                        when exists (
                            select
                            from jsonb_array_elements(given.value) as choice
                            where jsonb_typeof(choice) not in ('string', 'number', 'boolean')
                        ) then 'must hold texts, numbers or booleans'
                    end
                    when jsonb_typeof(given.value) not in ('string', 'number', 'boolean')
                        then 'must be a text, a number, a boolean or an array of them'
                end as reason
            from jsonb_each(search_faults.specifications) as given
        ) as fault
        where fault.reason is not null
    ), '{}'::jsonb);
end;
$$;
