-- Checkout: what it writes, and every way it refuses.
begin;
select plan(58);

select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 50);
select tests.create_product('DESK', 900.00, 2);
select tests.create_product('HIDDEN', 10.00, 9);
update public.products set is_active = false where sku = 'HIDDEN';
update public.system_settings set value = '"https://pay.example/?order={order_number}"' where key = 'payment_link.template';

-- A signed-in customer.
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select tests.set_headers('{"cf-connecting-ip": "203.0.113.5", "user-agent": "Firefox", "x-request-id": "abc"}');
create temporary table placed as
select tests.place('{"LAMP": 2}', jsonb_build_object(
    'notes', E'Ring twice,\n l''été < 3 مرحبا 🙂; drop table orders',
    'billing_address', tests.address('{"full_name": "Société Exemple", "city": "Fès"}')
)) as document;
grant select on placed to anon, authenticated, service_role;

select is(
    (select array_agg(key order by key) from placed, jsonb_object_keys(document) as key),
    array[
        'currency', 'discount_amount', 'guest_token', 'id', 'items', 'next_action', 'order_number', 'payment_method',
        'payment_status', 'placed_at', 'reservation_expires_at', 'shipping_address', 'shipping_cost', 'status',
        'subtotal', 'tax_amount', 'total'
    ],
    'the answer has these keys'
);
select is(
    (select array_agg(key order by key) from placed, jsonb_object_keys(document #> '{items,0}') as key),
    array[
        'discount_amount', 'id', 'line_total', 'name', 'options', 'product_id', 'quantity', 'sku', 'tax_amount',
        'tax_rate', 'unit_price'
    ],
    'and so have its lines'
);
select ok((select document ->> 'guest_token' is null from placed), 'a signed-in customer gets no guest token');
select matches(
    (select document ->> 'order_number' from placed),
    to_char(now() at time zone 'Africa/Casablanca', '"^PS-"YYMMDD"-[0-9]{7}$"'),
    'the order number has prefix, date and number'
);
select is(
    (select notes from public.orders where id = (select (document ->> 'id')::uuid from placed)),
    E'Ring twice,\n l''été < 3 مرحبا 🙂; drop table orders',
    'accents, apostrophes, Arabic, emoji, a lone < and what looks like SQL are just text'
);
select is(
    (select (document ->> 'reservation_expires_at')::timestamptz - (document ->> 'placed_at')::timestamptz from placed),
    interval '72 hours',
    'a cash-on-delivery order holds its stock for the hours of the setting'
);
select is(
    (tests.place('{"LAMP": 1}', '{"payment_method": "payment_link"}') ->> 'reservation_expires_at')::timestamptz - now(),
    interval '30 minutes',
    'an online order for the minutes of the setting'
);
select is(
    tests.place('{"LAMP": 1}', '{"payment_method": "payment_link"}') -> 'next_action',
    '{"type": "payment_link"}',
    'and says how to pay'
);
select is((select document ->> 'next_action' from placed), null, 'cash on delivery needs no further step');
select is(
    (select array_agg(status) from public.order_status_history where order_id = (select (document ->> 'id')::uuid from placed)),
    null,
    'an order that has not moved has no history yet'
);
select results_eq(
    $$select provider, amount, currency, status from public.payments where order_id = (select (document ->> 'id')::uuid from placed)$$,
    $$values ('cod', 230.00, 'MAD', 'pending')$$,
    'a payment is due'
);
select is(
    jsonb_array_length(tests.place(null, jsonb_build_object('items', tests.items('{"LAMP": 1}') || tests.items('{"LAMP": 2}'))) -> 'items'),
    1,
    'repeated products are one line'
);

select tests.clear_authentication();
select results_eq(
    $$select ip_address, user_agent from public.order_origins where order_id = (select (document ->> 'id')::uuid from placed)$$,
    $$values ('203.0.113.5'::inet, 'Firefox')$$,
    'where an order came from is kept apart'
);
select is(
    (select billing_address from public.orders where id = (select (document ->> 'id')::uuid from placed)) ->> 'city',
    'Fès',
    'the billing address is kept'
);
select is(
    (select count(*) from private.outbox where topic = 'order.placed' and payload ->> 'order_id' = (select document ->> 'id' from placed)),
    1::bigint,
    'a message is queued'
);

-- Addresses.
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    tests.place('{"LAMP": 1}', '{"shipping_address": {"id": "7", "user_id": "8", "is_default_shipping": true, "label": "", "full_name": "  Ali ", "line1": "1, rue A", "line2": null, "city": "Rabat"}}') -> 'shipping_address',
    '{"city": "Rabat", "line1": "1, rue A", "country": "MA", "full_name": "Ali"}',
    'a saved address may be sent as it is: trimmed, its empty and own columns left out, in the shop''s country'
);

-- The cart.
select is(tests.error_code('select tests.place(null)'), 'cart_empty', 'an empty cart is no order');
select is(tests.error_code($$select tests.place(null, '{"items": []}')$$), 'cart_empty', 'nor is an empty list');
select public.add_to_cart(tests.product('LAMP'), 3);
select public.add_to_cart(tests.product('DESK'), 1);
select tests.place('{"DESK": 1}');
select is(public.get_cart() -> 'item_count', '4', 'an order with items leaves the cart alone');
select tests.place('{"DESK": 1}');
select is(
    tests.error_details('select tests.place(null)'),
    jsonb_build_array(jsonb_build_object('product_id', tests.product('DESK'), 'requested', 1, 'available', 0)),
    'an order of the cart says which line cannot be had'
);
select is(public.get_cart() -> 'item_count', '4', 'and leaves the cart as it was');
select public.set_cart_item(tests.product('DESK'), 0);
select is(
    tests.place(null, '{"items": null}') #>> '{items,0,quantity}',
    '3',
    'a JSON null for items means the cart'
);
select is(public.get_cart() -> 'item_count', '0', 'which an order empties');

-- Guests.
select tests.authenticate_as_anon();
select is(
    tests.error_details($$select tests.place('{"LAMP": 1}')$$),
    '{"guest_email": "is required"}',
    'a guest gives an e-mail'
);
create temporary table by_guest as
select tests.place('{"LAMP": 1}', '{"guest_email": " Guest@Example.com ", "guest_phone": "0612345678"}') as document;
grant select on by_guest to authenticated, service_role;
select matches((select document ->> 'guest_token' from by_guest), '^[0-9a-f]{64}$', 'a guest gets a token');
select results_eq(
    $$select user_id, guest_email, guest_phone from tests.order_row((select (document ->> 'id')::uuid from by_guest))$$,
    $$values (null::uuid, 'Guest@Example.com', '0612345678')$$,
    'the order is the guest''s'
);
select is(tests.error_code($$select tests.place(null, '{"guest_email": "a@example.com"}')$$), 'cart_empty', 'a guest has no cart');
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select results_eq(
    $$select (tests.order_row((tests.place('{"LAMP": 1}', '{"guest_email": "not an address", "guest_phone": "x"}') ->> 'id')::uuid)).guest_email$$,
    $$values (null::text)$$,
    'a signed-in customer''s order ignores what only guests give'
);
select tests.authenticate_as_service();
select is(
    tests.place('{"LAMP": 1}', '{"guest_email": "b@example.com"}') ->> 'status',
    'pending',
    'a worker places an order for a guest'
);

-- Refusals.
select tests.authenticate_as(tests.user_id('buyer@example.com'));
create function pg_temp.code(changes jsonb, quantities jsonb default '{"LAMP": 1}') returns text language sql
    return tests.error_code(format('select tests.place(%L, %L)', quantities, changes));
create function pg_temp.faults(changes jsonb, quantities jsonb default '{"LAMP": 1}') returns jsonb language sql
    return tests.error_details(format('select tests.place(%L, %L)', quantities, changes));
grant execute on function pg_temp.code, pg_temp.faults to anon;

select is(pg_temp.code('{"payment_method": "stripe"}'), 'payment_method_unavailable', 'a payment method that is not offered is refused');
select tests.clear_authentication();
update public.system_settings set value = 'null' where key = 'payment_link.template';
insert into public.cart_items (user_id, product_id, quantity)
values (tests.user_id('buyer@example.com'), tests.product('LAMP'), 1);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    tests.error_code($$select public.place_order(tests.address(), tests.shipping_method('Standard'), 'payment_link')$$),
    'payment_method_unavailable',
    'so is a link whose page is not set up'
);
select is((public.get_cart() ->> 'item_count')::integer, 1, 'which leaves the cart as it was');
select public.clear_cart();
select is(pg_temp.code('{"payment_method": "barter"}'), 'payment_method_unavailable', 'so is one that does not exist');
select is(pg_temp.code('{}', '{"HIDDEN": 1}'), 'product_unavailable', 'so is a product that is not on sale');
select is(
    pg_temp.faults('{"items": [{"product_id": "00000000-0000-4000-8000-000000000000", "quantity": 1}]}'),
    '[{"product_id": "00000000-0000-4000-8000-000000000000", "reason": "unknown"}]',
    'or that does not exist, and each is named'
);
select is(pg_temp.code('{}', '{"DESK": 1}'), 'out_of_stock', 'what is not there cannot be ordered');
select is(
    tests.error_details($$select public.place_order(
        shipping_address => '{"city": "<script>alert(1)</script>", "country": "MAR", "phone": "call me", "full_name": 7, "door": "3"}',
        shipping_method_id => null,
        payment_method => null,
        items => '[{"product_id": "x", "quantity": 0}, {"quantity": "2"}]',
        coupon_code => repeat('x', 51),
        billing_address => '[]',
        notes => E'bell\u0007',
        idempotency_key => ''
    )$$),
    '{
        "shipping_address.city": "contains HTML or script",
        "shipping_address.country": "is not an ISO country code of two letters",
        "shipping_address.phone": "is not a telephone number",
        "shipping_address.full_name": "must be a string",
        "shipping_address.line1": "is required",
        "shipping_address.door": "is not a known field",
        "billing_address": "must be an object",
        "shipping_method_id": "is required",
        "payment_method": "is required",
        "items.0.product_id": "is not a UUID",
        "items.0.quantity": "must be at least 1",
        "items.1.product_id": "is required",
        "items.1.quantity": "must be a whole number",
        "coupon_code": "is too long (at most 50 characters)",
        "notes": "contains control characters",
        "idempotency_key": "is required"
    }',
    'everything that is wrong comes back in one invalid_input'
);
select is(pg_temp.faults('{"shipping_address": null}') ->> 'shipping_address', 'must be an object', 'an address is required');
select is(pg_temp.faults('{"shipping_address": "Rabat"}') ->> 'shipping_address', 'must be an object', 'and is an object');
select is(pg_temp.faults('{"items": {}}') ->> 'items', 'must be an array of {product_id, quantity}', 'items are an array');
select is(pg_temp.faults('{"items": "all"}') ->> 'items', 'must be an array of {product_id, quantity}', 'and nothing else');
select is(pg_temp.faults('{}', '{"LAMP": 1000}') ->> 'items.0.quantity', 'must be at most 999', 'a line has at most 999 units');
select is(
    pg_temp.faults(jsonb_build_object('items', tests.items('{"LAMP": 600}') || tests.items('{"LAMP": 600}'))) ->> 'items',
    'asks for more than 999 units of a product',
    'also when it is said twice'
);
select is(pg_temp.faults('{}', '{"LAMP": -1}') ->> 'items.0.quantity', 'must be at least 1', 'nothing is ordered negatively');
select is(pg_temp.faults('{}', '{"LAMP": 1.5}') ->> 'items.0.quantity', 'must be a whole number', 'nor in halves');
select is(pg_temp.faults('{}', '{"LAMP": "1"}') ->> 'items.0.quantity', 'must be a whole number', 'a quantity is a number');
select is(pg_temp.faults('{}', '{"LAMP": 1e30}') ->> 'items.0.quantity', 'must be at most 999', 'of reasonable size');
select is(
    pg_temp.faults(jsonb_build_object('items', (select jsonb_agg(jsonb_build_object('product_id', gen_random_uuid(), 'quantity', 1)) from generate_series(1, 2001)))) ->> 'items',
    'has too many entries (at most 2000)',
    'a list has an end'
);
select is(pg_temp.faults(jsonb_build_object('notes', repeat('x', 1001))) ->> 'notes', 'is too long (at most 1000 characters)', 'so have notes');
select is(pg_temp.faults('{"notes": "<img src=x onerror=alert(1)>"}') ->> 'notes', 'contains HTML or script', 'which hold no HTML');
select is(pg_temp.faults(jsonb_build_object('idempotency_key', repeat('x', 256))) ->> 'idempotency_key', 'is too long (at most 255 characters)', 'and keys');
select tests.authenticate_as_anon();
select is(pg_temp.faults('{"guest_email": "nobody"}') ->> 'guest_email', 'is not an e-mail address', 'a guest''s e-mail is one');
select is(pg_temp.faults('{"guest_email": "a@example.com", "guest_phone": "<b>"}') ->> 'guest_phone', 'is not a telephone number', 'and so is their telephone');

-- Size.
select tests.clear_authentication();
insert into public.products (sku, name, slug, price, category_id)
select 'MANY-' || number, 'Many ' || number, 'many-' || number, 1, (select id from public.categories where slug = 'tests-shelf')
from generate_series(1, 501) as number;
select public.admin_adjust_stock(id, 10) from public.products where sku like 'MANY-%';
select tests.authenticate_as(tests.user_id('buyer@example.com'));
create function pg_temp.many(lines integer) returns jsonb language sql
    return (select jsonb_object_agg('MANY-' || number, 1) from generate_series(1, lines) as number);
select is(jsonb_array_length(tests.place(pg_temp.many(500)) -> 'items'), 500, 'an order has up to 500 lines');
select is(pg_temp.faults('{}', pg_temp.many(501)) ->> 'items', 'has more than 500 products', 'and not more');

-- Accounts that are gone.
select tests.clear_authentication();
select is(
    (
        select tests.error_code($$select tests.place('{"LAMP": 1}')$$)
        from (
            select
                set_config('request.jwt.claims', jsonb_build_object('sub', gen_random_uuid(), 'role', 'authenticated')::text, true),
                set_config('role', 'authenticated', true)
        ) as session
    ),
    'unauthenticated',
    'a token that outlived its account orders nothing'
);

select tests.clear_authentication();
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree');
select is(
    (select count(*) from public.orders where total <> subtotal - discount_amount + shipping_cost),
    0::bigint,
    'every order adds up'
);

select * from finish();
rollback;
