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
    -- What searches read is small and kept in memory.
    set seq_page_cost = 0.1
    set random_page_cost = 0.1
    language plpgsql
    as $$
#variable_conflict use_column
declare
    is_paged constant boolean := search_products.page is not null or search_products.page_size is not null;
    sort_order constant text := coalesce(
        search_products.sort,
        case when btrim(search_products.q) <> '' then 'relevance' else 'newest' end
    );
    size constant integer := case when is_paged then coalesce(search_products.page_size, 20) else 1000 end;
    -- The order of rows named %1$I.
    ranking text;
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
        || jsonb_build_object(
            'sort', case
                when sort_order not in ('relevance', 'newest', 'price_asc', 'price_desc', 'name')
                    then '["one_of", "relevance", "newest", "price_asc", "price_desc", "name"]'::jsonb
            end,
            'page', case
                when search_products.page < 1 then '["below", 1]'::jsonb
                when search_products.page > 1000000 then '["above", 1000000]'
            end,
            'page_size', case
                when search_products.page_size < 1 then '["below", 1]'::jsonb
                when search_products.page_size > 100 then '["above", 100]'
            end
        )
    );

    ranking := case sort_order
        when 'relevance' then '%1$I.rank desc, %1$I.created_at desc, %1$I.product_id'
        when 'newest' then '%1$I.created_at desc, %1$I.product_id'
        when 'price_asc' then '%1$I.lowest_price, %1$I.product_id'
        when 'price_desc' then '%1$I.highest_price desc nulls last, %1$I.product_id desc'
        -- The name shown: see private.localise.
        when 'name' then private.name_key('%1$I', private.request_languages()) || ', %1$I.product_id'
    end;

    -- Narrow rows are sorted and cut off before whole products are read.
    return query execute format(
        $sql$
        select products.*
        from (
            select hit.product_id, hit.rank, hit.created_at, hit.lowest_price, hit.highest_price, hit.name, hit.names
            from (%s) as hit
            order by %s
            limit %s offset %s
        ) as page
        inner join public.products on products.id = page.product_id
        order by %s
        $sql$,
        private.search_source(
            search_products.q,
            search_products.category_slug,
            search_products.brand,
            search_products.min_price,
            search_products.max_price,
            search_products.in_stock,
            search_products.specifications
        ),
        format(ranking, 'hit'),
        size,
        (coalesce(search_products.page, 1) - 1)::bigint * size,
        format(ranking, 'page')
    );
end;
$$;
grant execute on function private.search_products to anon, authenticated, service_role;
