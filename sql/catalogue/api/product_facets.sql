create function public.product_facets(
    q text default null,
    category_slug text default null,
    brand text default null,
    min_price numeric default null,
    max_price numeric default null,
    in_stock boolean default null,
    specifications jsonb default null
)
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    select private.product_facets(q, category_slug, brand, min_price, max_price, in_stock, specifications);
$$;
comment on function public.product_facets is
    'What a search can be narrowed by, with the filters of search_products: {total, categories: [{id, slug, name, count}], brands: [{value, count}], price: {min, max}, specifications: {key: [{value, count}]}}. total matches every filter; each facet matches every filter but its own, so that its other values stay choosable. Errors: invalid_input.';
grant execute on function public.product_facets to anon, authenticated, service_role;
