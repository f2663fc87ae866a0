create function public.search_products(
    q text default null,
    category_slug text default null,
    brand text default null,
    min_price numeric default null,
    max_price numeric default null,
    in_stock boolean default null,
    specifications jsonb default null,
    sort text default null,
    page integer default null,
    page_size integer default null
)
    returns setof public.products
    stable
    set search_path = ''
    language sql
    as $$
    select *
    from private.search_products(
        q, category_slug, brand, min_price, max_price, in_stock, specifications, sort, page, page_size
    );
$$;
comment on function public.search_products is
    'Products on show, variants left to their parents; a set of products, so select, embeds, filters and counts work on it. q: words in French, Arabic or English, beginnings while typing, one or two typing errors; SKU and brand first. category_slug: with all below it. Prices in the store''s currency. specifications: {key: value} or {key: [any, of]}. sort: relevance, newest, price_asc, price_desc or name. With page (from 1) or page_size (20, at most 100) it returns that page; without, the whole set for range, limit and count. Errors: invalid_input.';
grant execute on function public.search_products to anon, authenticated, service_role;
