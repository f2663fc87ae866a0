-- Stock: received and taken by admins, promised by orders, sold when they are confirmed, given back when they are cancelled.
begin;
select plan(37);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 120.00, 10);
select tests.create_product('DESK', 900.00, 2);
select tests.create_product('BARE', 5.00, 0);

-- Adjusting.
select is(tests.stock_of('BARE'), '0 in stock, 0 reserved', 'a new product has no stock');

select tests.authenticate_as(tests.user_id('admin@example.com'));
select is(
    public.admin_adjust_stock(tests.product('BARE'), 7, 'delivery'),
    jsonb_build_object('product_id', tests.product('BARE'), 'stock', 7, 'reserved_stock', 0, 'available', 7),
    'an admin adds units'
);
select is(
    public.admin_adjust_stock(tests.product('BARE'), -3, 'broken') ->> 'stock',
    '4',
    'an admin takes units away'
);
select is(
    tests.error_code($$select public.admin_adjust_stock(tests.product('BARE'), -5)$$),
    'invalid_input',
    'stock never goes below zero'
);
select is(
    tests.error_details($$select public.admin_adjust_stock(tests.product('BARE'), 0, '<script>')$$),
    '{"quantity": "must not be 0", "reason": "contains HTML or script"}',
    'an adjustment of nothing for a hostile reason is refused with both faults'
);
select is(
    tests.error_code($$select public.admin_adjust_stock(tests.product('BARE'), 2000000000)$$),
    'invalid_input',
    'an absurd quantity is refused'
);
select is(
    tests.error_details('select public.admin_adjust_stock(null, null)'),
    '{"product_id": "is required", "quantity": "is required"}',
    'missing arguments are named'
);
select is(
    tests.error_code($$select public.admin_adjust_stock('00000000-0000-4000-8000-000000000000', 1)$$),
    'not_found',
    'an unknown product has no stock to adjust'
);

select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    tests.error_code($$select public.admin_adjust_stock(tests.product('BARE'), 1)$$),
    'forbidden',
    'a customer cannot adjust stock'
);
select tests.authenticate_as_anon();
select is(
    tests.error_code($$select public.admin_adjust_stock(tests.product('BARE'), 1)$$),
    'unauthenticated',
    'nor can a visitor'
);
select tests.authenticate_as_service();
select is(
    public.admin_adjust_stock(tests.product('BARE'), -4) ->> 'stock',
    '0',
    'a worker adjusts stock'
);

-- Reserving and selling.
select tests.authenticate_as(tests.user_id('buyer@example.com'));
create temporary table placed as
select (tests.place('{"LAMP": 4, "DESK": 2}') ->> 'id')::uuid as id;
grant select on placed to authenticated, service_role;

select is(tests.stock_of('LAMP'), '10 in stock, 4 reserved', 'placing an order reserves its units');
select is(
    (select public.available_stock(products) from public.products where products.sku = 'LAMP'),
    6,
    'reserved units are not on sale'
);
select is(
    (select public.in_stock(products) from public.products where products.sku = 'DESK'),
    false,
    'a product all of whose units are reserved is out of stock'
);
select is(
    tests.error_details($$select tests.place('{"LAMP": 7, "DESK": 1}')$$),
    (
        select jsonb_agg(line.fault order by line.id)
        from (
            values
                (tests.product('LAMP'), jsonb_build_object('product_id', tests.product('LAMP'), 'requested', 7, 'available', 6)),
                (tests.product('DESK'), jsonb_build_object('product_id', tests.product('DESK'), 'requested', 1, 'available', 0))
        ) as line (id, fault)
    ),
    'out_of_stock names every line that cannot be had'
);

select tests.authenticate_as(tests.user_id('admin@example.com'));
select is(
    tests.error_code($$select public.admin_adjust_stock(tests.product('LAMP'), -7)$$),
    'invalid_input',
    'stock is never taken below what is promised'
);
select is(
    public.admin_adjust_stock(tests.product('LAMP'), -6) ->> 'available',
    '0',
    'all that is not promised may be taken'
);

update public.orders set status = 'confirmed' where id = (select placed.id from placed);
select is(tests.stock_of('LAMP'), '0 in stock, 0 reserved', 'confirming an order sells its units: both numbers fall');
select is(
    (select array_agg(kind || ' ' || quantity order by id) from public.stock_movements where product_id = tests.product('LAMP')),
    array['receive 10', 'reserve -4', 'adjust -6', 'sell -4'],
    'every change of stock is in the ledger, signed'
);
select is(
    (select array_agg(distinct status) from public.stock_reservations where order_id = (select placed.id from placed)),
    array['committed'],
    'the reservations of a confirmed order are committed'
);

select tests.authenticate_as(tests.user_id('buyer@example.com'));
select public.cancel_order((select placed.id from placed));
select is(tests.stock_of('LAMP'), '4 in stock, 0 reserved', 'cancelling a confirmed order restocks its units');
select is(tests.stock_of('DESK'), '2 in stock, 0 reserved', 'of every product in it');

create temporary table cancelled_early as
select (tests.place('{"DESK": 2}') ->> 'id')::uuid as id;
select public.cancel_order((select cancelled_early.id from cancelled_early));
select is(tests.stock_of('DESK'), '2 in stock, 0 reserved', 'cancelling before confirmation releases the units');

select tests.clear_authentication();
select is(
    (select array_agg(kind || ' ' || quantity order by id) from public.stock_movements where order_id = (select cancelled_early.id from cancelled_early)),
    array['reserve -2', 'release 2'],
    'and the ledger says so'
);
select is(
    (select array_agg(actor_id) from public.stock_movements where order_id = (select cancelled_early.id from cancelled_early)),
    array[tests.user_id('buyer@example.com'), tests.user_id('buyer@example.com')],
    'the ledger names who caused a movement'
);

-- Constraints, the last word.
select throws_ok(
    $$update public.inventory set reserved_stock = stock + 1 where product_id = tests.product('LAMP')$$,
    '23514', null,
    'not even the owner promises more than there is'
);
select throws_ok(
    $$update public.inventory set stock = -1 where product_id = tests.product('BARE')$$,
    '23514', null,
    'not even the owner makes stock negative'
);
select throws_ok(
    $$update public.stock_movements set quantity = 99$$,
    '42501', null,
    'the ledger is never rewritten'
);
select throws_ok('delete from public.stock_movements', '42501', null, 'nothing leaves the ledger');
select throws_ok('truncate public.stock_movements', '42501', null, 'the ledger is never emptied');
select throws_ok(
    $$insert into public.stock_movements (product_id, quantity, kind) values (tests.product('LAMP'), 5, 'sell')$$,
    '23514', null,
    'a sale in the ledger is negative and names its order'
);
select is(
    (select count(*) from public.inventory where product_id in (tests.product('LAMP'), tests.product('DESK'), tests.product('BARE'))),
    3::bigint,
    'every product has its inventory row'
);
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree');


-- Computed fields take any row that a caller makes up.
create function pg_temp.made_up(sku text)
    returns public.products
    language sql
    as $$
    select jsonb_populate_record(null::public.products, jsonb_build_object('id', tests.product(made_up.sku)));
$$;
grant execute on function pg_temp.made_up to anon, authenticated;
select tests.clear_authentication();
update public.products set is_active = false where sku = 'LAMP';
select tests.authenticate_as_anon();
select is(public.available_stock(pg_temp.made_up('LAMP')), null, 'visitors are not told the stock of what they do not see');
select is(public.in_stock(pg_temp.made_up('LAMP')), null, 'nor whether there is any');
select isnt(public.available_stock(pg_temp.made_up('BARE')), null, 'but that of what is on show');
select tests.authenticate_as(tests.user_id('admin@example.com'));
select isnt(public.available_stock(pg_temp.made_up('LAMP')), null, 'admins see all of it');

select * from finish();
rollback;
