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
    rows 20
    set search_path = ''
    language plpgsql
    as $$
begin
    return query
    select *
    from private.search_products(
        q, category_slug, brand, min_price, max_price, in_stock, specifications, sort, page, page_size
    );
end;
$$;
comment on function public.search_products is
    'Products on show that match, as rows of products: select, embedding and count work on them. Never variants: a match in
a variant (its SKU, price, stock, specifications) finds its product.
q: words in any case, with or without accents, whole or begun, French, Arabic or English, in any form of a letter or digit;
a number and its unit together or apart; words found nowhere are taken for mistyped ones. A SKU, or its beginning, adds its
product to what the words find. SKU, then brand, come first.
category_slug: with all categories below. brand: in any case, with or without accents. min_price, max_price: in the
store''s currency, inclusive. in_stock: true for products with units on sale, false for sold-out ones. specifications:
{key: value} or {key: [any, of, these]}. Price, stock and specifications must be met by one row, the product or a variant.
sort: relevance (default with q), newest (default without), price_asc, price_desc, name (the one shown: Accept-Language).
A product with variants has the prices of those on sale, in filters and order: the lowest for price_asc, the highest for
price_desc; its own plays no part, and without a variant on sale it has none and comes last.
page (from 1) and page_size (default 20, at most 100) return one page. Without both, the first 1000 matches come in order,
for limit, offset, order, filters and count of the request; count=exact and count=estimated are the number of those, so at
most 1000 (product_facets has the total). count=planned is not, because the planner does not look into functions.
Errors: invalid_input, also for specifications the category does not know.';
grant execute on function public.search_products to anon, authenticated, service_role;
