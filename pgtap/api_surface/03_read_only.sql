-- What only reads is declared so (stable), because REST then runs it in a read-only transaction, where a write fails.
begin;
select plan(12);

select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('QXVZ-1', 120.00, 10);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select public.add_to_cart(tests.product('QXVZ-1'), 2);

select set_eq(
    $$select proname from pg_proc where pronamespace = 'public'::regnamespace and provolatile <> 'v'
        and not exists (select from pg_type where pg_type.oid = pg_proc.proargtypes[0] and pg_type.typtype = 'c')$$,
    array['get_cart', 'shipping_options', 'search_products', 'product_facets', 'related_products', 'category_tree', 'edge_configuration', 'payment_link_target', 'require_admin'],
    'these calls only read'
);

set transaction read only;
select throws_ok('delete from public.shipping_methods', '25006', null, 'in a read-only transaction nothing is written');
select is(public.get_cart() -> 'item_count', '2', 'but the cart is read');
select isnt_empty($$select * from public.shipping_options('MA', 'Rabat', 100)$$, 'shipping is asked for');
select isnt_empty($$select * from public.search_products(q => 'QXVZ-1')$$, 'products are searched');
select is(public.product_facets(q => 'QXVZ-1') ->> 'total', '1', 'and counted');
select lives_ok($$select * from public.related_products(tests.product('QXVZ-1'))$$, 'related ones are found');
select is(jsonb_typeof(public.category_tree()), 'array', 'the tree of categories is read');
select is((select public.available_stock(products) from public.products where sku = 'QXVZ-1'), 10, 'stock is seen');
select tests.authenticate_as_service();
select is(public.payment_link_target(gen_random_uuid()), null, 'a payment link is followed');
select tests.authenticate_as_anon();
select is(tests.error_code('select public.get_cart()'), 'unauthenticated', 'refusals are the same');
select isnt_empty('select * from public.store_settings', 'and visitors read the shop''s settings');

select * from finish();
rollback;
