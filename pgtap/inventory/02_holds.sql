-- A hold lapses by the clock, whether or not a job sweeps it; whoever comes late takes stock again or goes without.
begin;
select plan(21);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('first@example.com');
select tests.create_user('second@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 120.00, 3);
select tests.create_product('DESK', 900.00, 5);

create temporary table placed (who text primary key, id uuid);
grant select, insert on placed to authenticated;

select tests.authenticate_as(tests.user_id('first@example.com'));
insert into placed select 'first', (tests.place('{"LAMP": 3, "DESK": 1}') ->> 'id')::uuid;
select tests.authenticate_as(tests.user_id('second@example.com'));
select is(
    tests.error_code($$select tests.place('{"LAMP": 1}')$$),
    'out_of_stock',
    'a running hold keeps stock from others'
);

select tests.lapse((select placed.id from placed where placed.who = 'first'));
select is(
    (select public.available_stock(products) from public.products where products.sku = 'LAMP'),
    3,
    'a lapsed hold keeps nothing from sale, though nobody has swept it'
);
select is(tests.stock_of('LAMP'), '3 in stock, 3 reserved', 'until someone needs the units it stays counted');

insert into placed select 'second', (tests.place('{"LAMP": 2}') ->> 'id')::uuid;
select is(tests.stock_of('LAMP'), '3 in stock, 2 reserved', 'another buyer gets the units of a lapsed hold');

select tests.clear_authentication();
select is(
    (select array_agg(kind || ' ' || quantity order by id) from public.stock_movements where product_id = tests.product('LAMP')),
    array['receive 3', 'reserve -3', 'reserve -2', 'release 3'],
    'the lapsed hold is released in the ledger'
);
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree after a lapse');

-- Late confirmation.
select is(
    tests.error_code($$update public.orders set status = 'confirmed' where id = (select id from placed where who = 'first')$$),
    'out_of_stock',
    'confirming after the units went to another fails'
);
select is(
    tests.error_details($$update public.orders set status = 'confirmed' where id = (select id from placed where who = 'first')$$),
    jsonb_build_array(jsonb_build_object('product_id', tests.product('LAMP'), 'requested', 3, 'available', 1)),
    'and says what is missing'
);
select is(
    (tests.order_row((select placed.id from placed where placed.who = 'first'))).status,
    'pending',
    'the order stays as it was'
);
select is(tests.stock_of('DESK'), '5 in stock, 1 reserved', 'and so does the stock of its other lines');

select public.admin_adjust_stock(tests.product('LAMP'), 2);
select lives_ok(
    $$update public.orders set status = 'confirmed' where id = (select id from placed where who = 'first')$$,
    'confirming after a lapse takes the units again where there are enough'
);
select is(tests.stock_of('LAMP'), '2 in stock, 2 reserved', 'and sells them');
select is(tests.stock_of('DESK'), '4 in stock, 0 reserved', 'with those whose hold lapsed but was never given back');
select is(
    (select array_agg(distinct status) from public.stock_reservations where order_id = (select placed.id from placed where placed.who = 'first')),
    array['committed'],
    'its reservations are committed'
);
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree after a late sale');

-- A lapsed, unswept hold of the same order counts for it.
select tests.lapse((select placed.id from placed where placed.who = 'second'));
select lives_ok(
    $$update public.orders set status = 'confirmed' where id = (select id from placed where who = 'second')$$,
    'confirming after a lapse that nobody used sells what was held'
);
select is(tests.stock_of('LAMP'), '0 in stock, 0 reserved', 'to the last unit');

-- Cancelling after a lapse.
select public.admin_adjust_stock(tests.product('LAMP'), 4);
select tests.authenticate_as(tests.user_id('first@example.com'));
insert into placed select 'third', (tests.place('{"LAMP": 4}') ->> 'id')::uuid;
select tests.lapse((select placed.id from placed where placed.who = 'third'));
insert into placed select 'fourth', (tests.place('{"LAMP": 4}') ->> 'id')::uuid;
select public.cancel_order((select placed.id from placed where placed.who = 'third'));
select is(tests.stock_of('LAMP'), '4 in stock, 4 reserved', 'cancelling an order whose hold was given back releases nothing twice');
select tests.lapse((select placed.id from placed where placed.who = 'fourth'));
select public.cancel_order((select placed.id from placed where placed.who = 'fourth'));
select is(tests.stock_of('LAMP'), '4 in stock, 0 reserved', 'cancelling an order whose hold lapsed releases it once');

select tests.clear_authentication();
select is(
    (tests.order_row((select placed.id from placed where placed.who = 'fourth'))).status,
    'cancelled',
    'an order whose hold lapsed can be cancelled'
);
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree at the end');

select * from finish();
rollback;
