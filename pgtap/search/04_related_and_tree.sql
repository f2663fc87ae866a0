-- Related products and the category tree.
begin;
select plan(17);

select tests.create_search_shop();
select tests.authenticate_as_anon();

create function pg_temp.related(sku text, max_results integer default 8)
    returns text[]
    language sql
    as $$
    select array_agg(products.sku)
    from public.related_products(tests.product(related.sku), related.max_results) as products;
$$;

select is(
    (pg_temp.related('TAJ-026'))[1:2],
    array['TAJ-032', 'TAJ-100'],
    'related are products of the category, those of the brand first'
);
select is('THE-001' = any(pg_temp.related('TAJ-100')), true, 'and of the brand in other categories');
select is('BOX-001' = any(pg_temp.related('TAJ-026')), true, 'and of near categories');
select is('TAJ-026' = any(pg_temp.related('TAJ-026')), false, 'a product is not related to itself');
select is('PUB-001' = any(pg_temp.related('TAJ-026')), false, 'hidden products are related to none');
select is(pg_temp.related('SHO-001-38'), pg_temp.related('SHO-001'), 'a variant has its product''s');
select is(array['SHO-001-38', 'SHO-001-40', 'SHO-001'] && pg_temp.related('SHO-001-38'), false, 'variants are related to none');
select is(pg_temp.related('TAJ-026', 1), array['TAJ-032'], 'as many as asked for');
select is(pg_temp.related('PUB-001'), null, 'a hidden product has none');
select is(
    tests.error_details('select public.related_products(null, 0)'),
    '{"product_id": "is required", "max_results": "must be at least 1"}',
    'bad input is refused'
);

select is(
    jsonb_path_query_array(public.category_tree(), '$[*].slug'),
    '["maison", "electronique"]',
    'the tree begins with the roots in sort order'
);
select is(
    jsonb_path_query_array(public.category_tree(), '$[0].children[*].children[*].slug'),
    '["tajines"]',
    'and nests what is below'
);
select is(
    (select array_agg(key order by key) from jsonb_object_keys(public.category_tree() -> 0) as key),
    array['children', 'description', 'id', 'image_url', 'name', 'product_count', 'slug'],
    'a node has id, slug, name, description, image, count and children'
);
select is(
    jsonb_path_query_array(public.category_tree(), 'strict $.**.product_count'),
    '[5, 5, 3, 2]',
    'counts include what is below; withdrawn products and variants do not count'
);
select tests.clear_authentication();
update public.products set is_active = false where sku = 'TAJ-026';
select is(
    public.category_tree() -> 0 -> 'product_count',
    '4',
    'nor do inactive products'
);
update public.categories set is_active = false where slug = 'tajines';
select is(
    (public.category_tree() -> 0 -> 'children' -> 0) - array['id', 'image_url', 'description'],
    '{"slug": "cuisine", "name": "Cuisine", "product_count": 2, "children": []}',
    'a hidden category and its products are not in the tree'
);
update public.categories set is_active = false where slug = 'maison';
select is(
    jsonb_path_query_array(public.category_tree(), 'strict $.**.slug'),
    '["electronique"]',
    'nor is what stands below one'
);

select * from finish();
rollback;
