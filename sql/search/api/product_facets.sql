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
    language plpgsql
    as $$
begin
    return private.product_facets(q, category_slug, brand, min_price, max_price, in_stock, specifications);
end;
$$;
comment on function public.product_facets is
    'What the matches of search_products with these arguments can be narrowed down by: {total, categories: [{id, slug,
name, count}], brands: [{value, count}], price: {min, max}, specifications: {key: [{value, count}]}}.
total counts matches of all filters. A facet leaves its own filter aside, so brands other than the chosen one keep
their counts; categories do not: they are those of the matches, each with what stands below it. Specifications are the
filterable attributes. Brands, and values of a key, are the 100 most frequent. A product with variants has the prices of
those on sale.
Errors: invalid_input.';
grant execute on function public.product_facets to anon, authenticated, service_role;
