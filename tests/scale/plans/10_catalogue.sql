-- The catalogue as visitors read it, through policies, as PostgREST asks.
\set QUIET on
begin;
select plan(36);

select id as product, slug, category_id as category, created_at, price, brand, name, sku
from public.products
where parent_id is null and is_active and deleted_at is null and sku = 'REF-0050005'
\gset

select id as parent from public.products where sku = 'REF-0050001'
\gset

select categories.slug as branch
from public.categories
where categories.slug = 'rayon-11'
\gset

select is(
    tests.reading_fault('anon', format('select * from public.products where slug = %L', :'slug'), 'products_slug_unique'),
    null, 'a product is found by its slug'
);
select is(
    tests.reading_fault('anon', format('select * from public.products where id = %L', :'product'), 'products_pkey'),
    null, 'a product is found by its id'
);
select is(
    tests.reading_fault('anon', format('select * from public.products where sku = %L', :'sku'), 'products_sku_unique'),
    null, 'a product is found by its SKU'
);
select is(
    tests.reading_fault('anon', format(
        $$
        select products.*, to_jsonb(category) as category, images.list as images, variants.list as variants
        from public.products
        left join lateral (
            select categories.* from public.categories where categories.id = products.category_id
        ) as category on true
        left join lateral (
            select json_agg(product_images) as list from public.product_images where product_images.product_id = products.id
        ) as images on true
        left join lateral (
            select json_agg(children) as list from public.products as children where children.parent_id = products.id
        ) as variants on true
        where products.id = %L
        $$, :'parent'
    ), 'products_parent_id_idx'),
    null, 'a product is read with its category, pictures and variants'
);
select is(
    tests.reading_fault('anon', format(
        $$
        select products.*, images.list as images
        from public.products
        left join lateral (
            select json_agg(product_images) as list from public.product_images where product_images.product_id = products.id
        ) as images on true
        where products.category_id = %L and products.parent_id is null and products.is_active and products.deleted_at is null
        order by products.created_at desc, products.id
        limit 20
        $$, :'category'
    ), 'products_category_created_at_idx'),
    null, 'a page of a category, newest first'
);
select is(
    tests.reading_fault('anon', format(
        'select * from public.products where category_id = %L order by created_at desc limit 20', :'category'
    ), most => 1000),
    null, 'a page of a category, when the client forgets about variants'
);
select is(
    tests.reading_fault('anon', 'select * from public.products where is_featured is true order by created_at desc limit 20'),
    null, 'the featured products'
);
select is(
    tests.reading_fault('anon', 'select * from public.products order by created_at desc, id limit 20', 'products_created_at_idx'),
    null, 'the newest products'
);
select is(
    tests.reading_fault('anon', 'select * from public.products order by price, id limit 20', 'products_price_idx'),
    null, 'the cheapest products'
);
select is(
    tests.reading_fault('anon', 'select * from public.products order by price desc, id desc limit 20', 'products_price_idx'),
    null, 'the dearest products'
);
select is(
    tests.reading_fault('anon', format(
        'select * from public.products where created_at < %L order by created_at desc, id limit 20', :'created_at'
    ), 'products_created_at_idx'),
    null, 'the page after a product, by time (keyset)'
);
select is(
    tests.reading_fault('anon', format('select * from public.products where id > %L order by id limit 20', :'product'), 'products_pkey'),
    null, 'the page after a product, by id (keyset)'
);

select is(tests.reading_fault('anon', format($$
    select * from public.search_products(category_slug => %L, page => 1)
$$, :'branch'), most => 5000), null, 'a category with all below it');
select is(tests.reading_fault('anon', format($$
    select * from public.search_products(category_slug => %L, sort => 'price_asc', page => 3)
$$, :'branch'), most => 5000), null, 'a category with all below it, the cheapest first');
select is(tests.reading_fault('anon', $$
    select * from public.search_products(sort => 'newest', page => 1)
$$), null, 'everything, the newest first');
select is(tests.reading_fault('anon', $$
    select * from public.search_products(sort => 'price_asc', page => 1)
$$), null, 'everything, the cheapest first');
select is(tests.reading_fault('anon', $$
    select * from public.search_products(sort => 'name', page => 1)
$$), null, 'everything by name');
select is(tests.reading_fault('anon', $$
    select * from public.search_products()
$$, most => 2500), null, 'everything, without a page: no more than may be shown');
select is(tests.reading_fault('anon', $$
    select * from public.search_products(sort => 'price_desc')
$$, most => 2500), null, 'the dearest first');
select is(tests.reading_fault('anon', $$
    select * from public.search_products('lanterne cuivre')
$$, most => 15000), null, 'words, without a page');
select is(tests.reading_fault('anon', $$
    select * from public.search_products(sort => 'newest', in_stock => true, page => 1)
$$, most => 1000), null, 'what is in stock, the newest first');
select is(tests.reading_fault('anon', format($$
    select * from public.search_products(brand => %L, page => 1)
$$, :'brand'), most => 1500), null, 'the products of a brand');
select is(tests.reading_fault('anon', $$
    select * from public.search_products(specifications => '{"matiere": "soie", "couleur": "violet", "hauteur": 42}', page => 1)
$$, most => 2000), null, 'a filter on specifications');
select is(tests.reading_fault('anon', $$
    select * from public.search_products(min_price => 1000, max_price => 1100, page => 1)
$$, most => 20000), null, 'a range of prices');

select is(tests.reading_fault('anon', $$
    select * from public.search_products('lanterne laiton bleu', page => 1)
$$, most => 20000), null, 'three words');
select is(tests.reading_fault('anon', $$
    select * from public.search_products('theieres argent', page => 1)
$$, most => 20000), null, 'a plural without its accents');
select is(tests.reading_fault('anon', $$
    select * from public.search_products('فانوس أزرق', page => 1)
$$, most => 30000), null, 'words in Arabic');
select is(tests.reading_fault('anon', $$
    select * from public.search_products('lantern brass bl', page => 1)
$$, most => 30000), null, 'a word still being typed');
select is(tests.reading_fault('anon', $$
    select * from public.search_products('lantrene laiton', page => 1)
$$, most => 20000), null, 'a word with a typing error');
select is(tests.reading_fault('anon', format($$
    select * from public.search_products(%L, page => 1)
$$, :'sku'), most => 500), null, 'a SKU');
select is(tests.reading_fault('anon', $$
    select * from public.search_products('REF-00500', page => 1)
$$, most => 1000), null, 'the beginning of a SKU');
select is(tests.reading_fault('anon', format($$
    select * from public.related_products(%L, 8)
$$, :'product'), most => 50000), null, 'related products');
select is(tests.reading_fault('anon', format($$
    select * from public.available_stock((select products from public.products where id = %L))
$$, :'parent')), null, 'the stock of a product with variants');

-- Each hit once, and each of its variants.
select is(tests.reading_fault('anon', 'select public.product_facets()', most => 120000), null, 'what there is to choose from');
select is(tests.reading_fault('anon', format($$
    select public.product_facets(category_slug => %L)
$$, :'branch'), most => 5000), null, 'of a category with all below it');
select is(tests.reading_fault('anon', $$
    select public.product_facets('lanterne laiton')
$$, most => 20000), null, 'of two words');

select * from finish();
rollback;
