-- Amounts and other numbers of the catalogue: kept as they were sent, or refused.
begin;
select plan(17);

select tests.create_user('admin@example.com', 'admin');
select tests.create_product('LAMP', 120, 0);
select tests.authenticate_as(tests.user_id('admin@example.com'));

create function pg_temp.hint(sql text)
    returns jsonb
    language sql
    as $$
    select (tests.error(hint.sql) ->> 'hint')::jsonb;
$$;

select is(
    pg_temp.hint($$insert into public.products (sku, name, slug, price) values ('A', 'A', 'a', 19.999)$$),
    '{"price": ["decimals", 2]}',
    'a price of three decimals is refused, not rounded'
);
select is(
    pg_temp.hint($$update public.products set price = 0, tax_rate = 7.125, weight = 0.0004 where sku = 'LAMP'$$),
    '{"price": ["below", 0.01], "tax_rate": ["decimals", 2], "weight": ["decimals", 3]}',
    'so are a rate and a weight with more decimals than are kept'
);
select is(
    pg_temp.hint($$update public.products set price = 100000000, tax_rate = -1, weight = 1000000 where sku = 'LAMP'$$),
    '{"price": ["above", 99999999.99], "tax_rate": ["below", 0], "weight": ["above", 999999.999]}',
    'numbers that are too large or too small name their bound'
);
select is(
    pg_temp.hint($$update public.products set price = 'NaN', tax_rate = 'NaN', weight = 'NaN' where sku = 'LAMP'$$),
    '{"price": ["above", 99999999.99], "tax_rate": ["not_number"], "weight": ["not_number"]}',
    'what is no number is none'
);
select is(
    pg_temp.hint($$update public.products set compare_at_price = 120 where sku = 'LAMP'$$),
    '{"compare_at_price": ["order", "price"]}',
    'the price before a reduction is above the price'
);
update public.products set price = 7, compare_at_price = 9.5, weight = 0.004, tax_rate = 10 where sku = 'LAMP';
select is(
    (select array[price, compare_at_price, weight, tax_rate]::text[] from public.products where sku = 'LAMP'),
    array['7.00', '9.50', '0.004', '10.00'],
    'amounts are shown with two decimals, weights with three: four grams are not nothing'
);
select is(
    pg_temp.hint($$insert into public.product_costs (product_id, cost_price) values (tests.product('LAMP'), 5.555)$$),
    '{"cost_price": ["decimals", 2]}',
    'costs are not rounded'
);
select is(
    pg_temp.hint($$insert into public.product_costs (product_id, cost_price) values (gen_random_uuid(), null)$$),
    '{"cost_price": ["required"], "product_id": ["unknown"]}',
    'all faults of a cost come in one answer'
);
select is(
    pg_temp.hint($$
        insert into public.product_images (product_id, url, sort_order, width, height)
        values (tests.product('LAMP'), '/a.webp', 3000000000, 0, 3000000000)
    $$),
    '{"sort_order": ["above", 2147483647], "width": ["below", 1], "height": ["above", 100000]}',
    'whole numbers out of range are named by field'
);
select is(
    pg_temp.hint($$update public.products set deleted_at = 'infinity' where sku = 'LAMP'$$),
    '{"deleted_at": ["not_date"]}',
    'a product is withdrawn at a date that can be read back'
);
select tests.clear_authentication();
alter table public.products disable trigger validate;
select throws_ok($$update public.products set price = 0 where sku = 'LAMP'$$, '23514', null, 'the constraint has the last word on a price');
select throws_ok($$update public.products set price = 'NaN', compare_at_price = null where sku = 'LAMP'$$, '23514', null, 'also on none');
alter table public.products enable trigger validate;

-- The store's currency.
select is(
    tests.error_details($$select public.admin_update_settings('{"store.currency": "JPY"}')$$),
    '{"store.currency": "has no decimals, and prices, coupons or shipping methods have some"}',
    'a store with prices in decimals keeps a currency that has them'
);
update public.products set compare_at_price = null;
select public.admin_update_settings('{"store.currency": "JPY"}');
insert into public.products (sku, name, slug, price) values ('FAN', 'Fan', 'fan', 1200);
select is(
    (select array_agg(sku || ' ' || currency || ' ' || price order by sku) from public.products),
    array['FAN JPY 1200.00', 'LAMP JPY 7.00'],
    'a product need not name the store''s currency, and the others follow it'
);
insert into public.products (sku, name, slug, price, currency) values ('NULL', 'Null', 'null', 1200, null);
select is((select currency from public.products where sku = 'NULL'), 'JPY', 'a currency that is null is the store''s');
select is(
    pg_temp.hint($$update public.products set price = 10.5 where sku = 'FAN'$$),
    '{"price": ["decimals", 0]}',
    'its prices have as many decimals as it has'
);
select is(
    pg_temp.hint($$insert into public.products (sku, name, slug, price, currency) values ('B', 'B', 'b', 1, 'MAD')$$),
    '{"currency": ["one_of", "JPY"]}',
    'another currency is refused'
);

select * from finish();
rollback;
