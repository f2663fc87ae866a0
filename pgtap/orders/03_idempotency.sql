-- The same idempotency key with the same request is the same order.
begin;
select plan(22);

select tests.create_user('buyer@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 10);
create temporary table answers (name text primary key, document jsonb);
grant select, insert on answers to anon, authenticated, service_role;
create function pg_temp.answer(name text) returns jsonb language sql
    return (select document from answers where answers.name = answer.name);
grant execute on function pg_temp.answer to anon, authenticated;

select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into answers select 'first', tests.place('{"LAMP": 2}', '{"idempotency_key": "k1"}');
insert into answers select 'replay', tests.place('{"LAMP": 2}', '{"idempotency_key": "k1"}');
select is(pg_temp.answer('replay'), pg_temp.answer('first'), 'a replay returns the first answer');
select is((select count(*) from public.orders), 1::bigint, 'and makes no second order');
select is(tests.stock_of('LAMP'), '10 in stock, 2 reserved', 'nor takes stock again');
select is(
    tests.error_code($$select tests.place('{"LAMP": 3}', '{"idempotency_key": "k1"}')$$),
    'idempotency_conflict',
    'the same key with other items is a conflict'
);
select is(
    tests.error_code($$select tests.place('{"LAMP": 2}', '{"idempotency_key": "k1", "notes": "quick"}')$$),
    'idempotency_conflict',
    'with any other request'
);
select isnt(
    tests.place('{"LAMP": 2}', '{"idempotency_key": "k2"}') ->> 'id',
    pg_temp.answer('first') ->> 'id',
    'another key is another order'
);
select isnt(
    tests.place('{"LAMP": 1}') ->> 'id',
    tests.place('{"LAMP": 1}') ->> 'id',
    'without a key every request is an order'
);

-- The first answer stays, whatever became of the order.
select public.cancel_order((pg_temp.answer('first') ->> 'id')::uuid);
select is(
    tests.place('{"LAMP": 2}', '{"idempotency_key": "k1"}'),
    pg_temp.answer('first'),
    'a replay returns what was answered first, also when the order has moved on'
);

-- Keys belong to callers.
select tests.authenticate_as(tests.user_id('other@example.com'));
select isnt(
    tests.place('{"LAMP": 2}', '{"idempotency_key": "k1"}') ->> 'id',
    pg_temp.answer('first') ->> 'id',
    'another customer''s key of the same name is their own'
);

-- A failed attempt is not remembered.
select is(
    tests.error_code($$select tests.place('{"LAMP": 900}', '{"idempotency_key": "k3"}')$$),
    'out_of_stock',
    'an attempt that fails'
);
select is(
    tests.place('{"LAMP": 1}', '{"idempotency_key": "k3"}') ->> 'status',
    'pending',
    'leaves its key free, for another request too'
);
select is(
    tests.error_code($$select tests.place('{"LAMP": 1}', '{"idempotency_key": "k4", "payment_method": null}')$$),
    'invalid_input',
    'a request that is refused'
);
select is(
    tests.place('{"LAMP": 1}', '{"idempotency_key": "k4"}') ->> 'status',
    'pending',
    'leaves its key free as well'
);

-- The cart's own replay: it was emptied, but the key remembers.
select tests.clear_authentication();
select public.admin_adjust_stock(tests.product('LAMP'), 10);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select public.set_cart_item(tests.product('LAMP'), 1);
insert into answers select 'cart', tests.place(null, '{"idempotency_key": "k5"}');
select is(tests.place(null, '{"idempotency_key": "k5"}'), pg_temp.answer('cart'), 'an order of the cart is replayed though the cart is empty now');
select public.set_cart_item(tests.product('LAMP'), 1);
select tests.place(null, '{"idempotency_key": "k5"}');
select is(public.get_cart() -> 'item_count', '1', 'and a replay takes nothing from the cart');

-- Guests.
select tests.authenticate_as_anon();
insert into answers select 'guest', tests.place('{"LAMP": 1}', '{"idempotency_key": "g-8c1f", "guest_email": "g@example.com"}');
select is(
    tests.place('{"LAMP": 1}', '{"idempotency_key": "g-8c1f", "guest_email": "g@example.com"}'),
    pg_temp.answer('guest'),
    'a guest''s replay returns the token too'
);
select is(
    tests.error_code($$select tests.place('{"LAMP": 1}', '{"idempotency_key": "g-8c1f", "guest_email": "h@example.com"}')$$),
    'idempotency_conflict',
    'a guest with another e-mail gets nothing of it'
);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select ok(
    tests.place('{"LAMP": 1}', '{"idempotency_key": "g-8c1f", "guest_email": "g@example.com"}') ->> 'guest_token' is null,
    'nor does an account that says the guest''s key'
);

select tests.clear_authentication();
select ok(
    (select response ->> 'guest_token' is null from private.idempotency_keys where key = 'g-8c1f' and scope = 'guest'),
    'no token is stored with the answer'
);
update public.order_origins set guest_access_until = null where order_id = (pg_temp.answer('guest') ->> 'id')::uuid;
select tests.authenticate_as_anon();
select ok(
    tests.place('{"LAMP": 1}', '{"idempotency_key": "g-8c1f", "guest_email": "g@example.com"}') ->> 'guest_token' is null,
    'a revoked token is not given out by a replay'
);
select is(
    tests.error_code('select count(*) from private.idempotency_keys'),
    '42501',
    'nobody reads the keys through the API'
);
select tests.clear_authentication();
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree');

select * from finish();
rollback;
