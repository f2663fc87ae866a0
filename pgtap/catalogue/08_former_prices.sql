-- Former prices, and the lowest one that a reduction is measured against.
begin;
select plan(12);

select tests.create_user('admin@example.com', 'admin');
select tests.create_product('LAMP', 100, 0);
select tests.create_product('VASE', 50, 0);

create function pg_temp.history(sku text)
    returns text[]
    language sql
    as $$
    select array_agg(concat_ws(' ', price, compare_at_price) order by id)
    from public.price_history
    where product_id = tests.product(history.sku);
$$;
create function pg_temp.lowest(sku text)
    returns numeric
    language sql
    as $$
    select public.lowest_price_30d(products) from public.products where products.sku = lowest.sku;
$$;
-- What happened until now was so many days ago.
create function pg_temp.pass(days integer)
    returns void
    language sql
    as $$
    update public.price_history set changed_at = changed_at - make_interval(days => pass.days);
$$;

select is(pg_temp.history('LAMP'), array['100.00'], 'a product''s first price is its first row');
select is(pg_temp.lowest('LAMP'), null, 'it has no former price');
select pg_temp.pass(60);
select tests.authenticate_as(tests.user_id('admin@example.com'));
update public.products set price = price - 10 where sku in ('LAMP', 'VASE');
update public.products set name = 'Lamp', is_featured = true where sku = 'LAMP';
select tests.clear_authentication();
select is(pg_temp.history('LAMP'), array['100.00', '90.00'], 'each new price is a row, and nothing else is');
select is(pg_temp.history('VASE'), array['50.00', '40.00'], 'of each product that one statement changes');
select is(
    (select changed_by from public.price_history where product_id = tests.product('LAMP') order by id desc limit 1),
    tests.user_id('admin@example.com'),
    'with who changed it'
);
select is(pg_temp.lowest('LAMP'), 100.00, 'a price in force for long was in force in the 30 days before');
select pg_temp.pass(5);
update public.products set price = 120 where sku = 'LAMP';
select pg_temp.pass(5);
update public.products set price = 110, compare_at_price = 120 where sku = 'LAMP';
select is(pg_temp.lowest('LAMP'), 90.00, 'of several the lowest counts');
select pg_temp.pass(5);
update public.products set compare_at_price = 130 where sku = 'LAMP';
select is(
    pg_temp.history('LAMP'),
    array['100.00', '90.00', '120.00', '110.00 120.00', '110.00 130.00'],
    'a new price to compare with is a row'
);
select is(pg_temp.lowest('LAMP'), 90.00, 'but begins no new price');
select pg_temp.pass(40);
update public.products set price = 105 where sku = 'LAMP';
select is(pg_temp.lowest('LAMP'), 110.00, 'what ended more than 30 days before does not count');

select tests.authenticate_as_anon();
select is(
    (select public.lowest_price_30d(products) from public.products where products.sku = 'LAMP'),
    110.00,
    'visitors read it'
);
select tests.clear_authentication();
update public.products set is_active = false where sku = 'LAMP';
select tests.authenticate_as_anon();
select is(
    public.lowest_price_30d(jsonb_populate_record(null::public.products, jsonb_build_object('id', tests.product('LAMP')))),
    null,
    'of products that they see'
);

select * from finish();
rollback;
