create function private.search_products(
    q text,
    category_slug text,
    brand text,
    min_price numeric,
    max_price numeric,
    in_stock boolean,
    specifications jsonb,
    sort text,
    page integer,
    page_size integer
)
    returns setof public.products
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    hits text;
    conditions text;
    page_rows integer := case when page is not null or page_size is not null then coalesce(page_size, 20) end;
begin
    perform private.raise_invalid(
        private.search_faults(q, category_slug, brand, min_price, max_price, specifications)
        || jsonb_strip_nulls(jsonb_build_object(
            'sort', case
                when sort not in ('relevance', 'newest', 'price_asc', 'price_desc', 'name')
                    then 'must be relevance, newest, price_asc, price_desc or name'
            end,
            'page', case when not page between 1 and 100000 then 'must be 1 to 100000' end,
            'page_size', case when not page_size between 1 and 100 then 'must be 1 to 100' end
        ))
    );

    hits := private.text_hits(q);
    select string_agg(condition.sql, ' and ')
    into conditions
    from (
        select private.listed_condition() as sql
        union all
        select private.category_condition(category_slug)
        union all
        select private.brand_condition(brand)
        union all
        select private.price_condition(min_price, max_price)
        union all
        select private.in_stock_condition(in_stock)
        union all
        select private.specification_condition(wanted.key, wanted.value)
        from jsonb_each(case when jsonb_typeof(specifications) = 'object' then specifications else '{}' end) as wanted
    ) as condition;

    return query execute format(
        'select product.* from public.products as product %s where %s order by %s limit %L offset %L',
        'inner join (' || hits || ') as hits on hits.id = product.id',
        conditions,
        case coalesce(sort, 'relevance')
            when 'price_asc' then 'product.price, product.id'
            when 'price_desc' then 'product.price desc, product.id desc'
            when 'name' then 'product.name, product.id'
            when 'newest' then 'product.created_at desc, product.id'
            else case when hits is not null then 'hits.rank desc, ' else '' end || 'product.created_at desc, product.id'
        end,
        page_rows,
        (coalesce(page, 1) - 1) * page_rows
    );
end;
$$;
grant execute on function private.search_products to anon, authenticated, service_role;
