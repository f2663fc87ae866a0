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
    rows 20
    set search_path = ''
    -- Filters make plans look dearer than they are; compiling them takes longer than running them.
    set jit = off
    language plpgsql
    as $$
#variable_conflict use_column
declare
    sort_order constant text := coalesce(
        search_products.sort,
        case when btrim(search_products.q) <> '' then 'relevance' else 'newest' end
    );
    size constant integer := coalesce(search_products.page_size, 20);
begin
    perform private.raise_invalid(
        private.search_faults(
            search_products.q,
            search_products.category_slug,
            search_products.brand,
            search_products.min_price,
            search_products.max_price,
            search_products.specifications
        )
        || jsonb_strip_nulls(jsonb_build_object(
            'sort', case
                when sort_order not in ('relevance', 'newest', 'price_asc', 'price_desc', 'name')
                    then 'must be relevance, newest, price_asc, price_desc or name'
            end,
            'page', case when search_products.page not between 1 and 1000000 then 'must be 1 to 1000000' end,
            'page_size', case when search_products.page_size not between 1 and 100 then 'must be 1 to 100' end
        ))
    );

    return query execute
        'select hit.* '
        || private.search_source(
            search_products.q,
            search_products.category_slug,
            search_products.brand,
            search_products.min_price,
            search_products.max_price,
            search_products.in_stock,
            search_products.specifications
        )
        || ' order by '
        || case sort_order
            when 'relevance' then 'found.rank desc, hit.created_at desc, hit.id'
            when 'newest' then 'hit.created_at desc, hit.id'
            when 'price_asc' then 'hit.price, hit.id'
            when 'price_desc' then 'hit.price desc, hit.id desc'
            when 'name' then 'private.normalise(hit.name), hit.id'
        end
        || case
            when search_products.page is not null or search_products.page_size is not null
                then format(' limit %s offset %s', size, (coalesce(search_products.page, 1) - 1)::bigint * size)
            else ''
        end;
end;
$$;
grant execute on function private.search_products to anon, authenticated, service_role;
