-- What is read of all orders: by a customer only what is theirs, by an admin only what is shown, without looking at the rest.
\set QUIET on
begin;
select plan(36);

-- One who orders often, but no reseller.
select users.id as customer, users.email
from auth.users
inner join public.orders on orders.user_id = users.id
group by users.id
having count(*) between 12 and 20
order by users.id
limit 1
\gset

select users.email as reseller, 2 * count(*) + 100 as reseller_rows
from auth.users
inner join public.orders on orders.user_id = users.id
group by users.id
order by count(*) desc, users.id
limit 1
\gset

select tests.create_user('gerante@example.com', 'admin') as admin
\gset

select id as order_id, order_number
from public.orders
where user_id = :'customer'
order by placed_at
limit 1
\gset

select is(
    tests.reading_fault(:'email', 'select * from public.orders order by placed_at desc limit 20', 'orders_user_id_idx', most => 1000),
    null, 'a customer''s orders'
);
select is(
    tests.reading_fault(:'reseller', 'select * from public.orders order by placed_at desc limit 20', 'orders_user_id_idx', most => :reseller_rows),
    null, 'the orders of who has the most'
);
select is(
    tests.reading_fault(:'email', $$
        select orders.*, items.list as items, history.list as history, paid.list as payments
        from public.orders
        left join lateral (
            select json_agg(order_items) as list from public.order_items where order_items.order_id = orders.id
        ) as items on true
        left join lateral (
            select json_agg(order_status_history) as list
            from public.order_status_history where order_status_history.order_id = orders.id
        ) as history on true
        left join lateral (
            select json_agg(payments) as list from public.payments where payments.order_id = orders.id
        ) as paid on true
        order by orders.placed_at desc
        limit 20
    $$, 'orders_user_id_idx', most => 1000),
    null, 'a customer''s orders with their lines, history and payments'
);
select is(
    tests.reading_fault(:'email', format('select * from public.orders where id = %L', :'order_id'), 'orders_pkey'),
    null, 'one order'
);
select is(
    tests.reading_fault(:'email', format('select * from public.orders where order_number = %L', :'order_number'), 'orders_order_number_unique'),
    null, 'an order by its number'
);
select is(
    tests.reading_fault(:'email', format('select * from public.order_items where order_id = %L', :'order_id')),
    null, 'the lines of an order'
);
select is(
    tests.reading_fault(:'email', format('select * from public.order_status_history where order_id = %L', :'order_id')),
    null, 'the history of an order'
);
select is(
    tests.reading_fault(:'email', format('select * from public.payments where order_id = %L', :'order_id')),
    null, 'the payments of an order'
);
select is(
    tests.reading_fault(:'email', 'select * from public.payments order by created_at desc limit 20', most => 1000),
    null, 'all payments of a customer'
);
select is(
    tests.reading_fault(:'email', 'select * from public.order_items limit 100', most => 1000),
    null, 'all lines of a customer''s orders'
);
select is(
    tests.reading_fault(:'email', 'select count(*) from public.orders', 'orders_user_id_idx', most => 1000),
    null, 'how many orders a customer has'
);
select is(
    tests.reading_fault(:'email', 'select * from public.cart_items', 'cart_items_user_product_unique'), null, 'a cart''s rows'
);
select is(tests.reading_fault(:'email', 'select public.get_cart()'), null, 'a cart');
select is(tests.reading_fault(:'email', 'select * from public.user_addresses', 'user_addresses_user_id_idx'), null, 'addresses');
select is(tests.reading_fault(:'email', 'select * from public.user_profiles', 'user_profiles_pkey'), null, 'a profile');
select is(
    tests.reading_fault(:'email', $$
        select wishlists.*, to_jsonb(product) as product
        from public.wishlists
        left join lateral (
            select products.* from public.products where products.id = wishlists.product_id
        ) as product on true
    $$, 'wishlists_user_product_unique'),
    null, 'a wishlist with its products'
);
select is(tests.reading_fault(:'email', 'select public.me()'), null, 'who is asking');
select is(tests.reading_fault(:'email', 'select public.claim_guest_orders()', most => 500), null, 'claiming the guest orders of an e-mail');
select is(
    tests.reading_fault('anon', format($$ select public.track_order(%L, 'x@example.com') $$, :'order_number')),
    null, 'tracking an order'
);
select is(
    tests.reading_fault('anon', format($$ select public.guest_order(%L, 'wrong') $$, :'order_number')), null, 'a guest''s order'
);
select is(tests.reading_fault('anon', $$ select public.validate_coupon('merci77', 500) $$), null, 'a coupon');

-- The owner's connection reads private tables, which no API role may.
select is(
    tests.reading_fault('service_role', $$
        select id from public.orders where status = 'pending' and reservation_expires_at <= now() order by reservation_expires_at limit 100
    $$, 'orders_reservation_expires_at_idx', most => 5000),
    null, 'orders whose hold has lapsed'
);
select is(
    tests.reading_fault('service_role', 'select * from public.orders order by placed_at desc limit 20', most => 1000),
    null, 'the shop''s latest orders'
);
select is(
    tests.reading_fault('service_role', $$
        select * from public.orders where status = 'processing' order by placed_at desc limit 20
    $$, 'orders_status_idx'),
    null, 'the orders to be sent'
);
select is(
    tests.reading_fault('service_role', format('select * from public.orders where user_id = %L order by placed_at desc limit 20', :'customer'), 'orders_user_id_idx', most => 1000),
    null, 'the orders of a customer, for the shop'
);

-- An admin's connection is a customer's with more rights: policies must not make it read all of a table.
select is(
    tests.reading_fault('gerante@example.com', 'select * from public.orders order by placed_at desc limit 20', 'orders_placed_at_idx'),
    null, 'the shop''s latest orders, for an admin'
);
select is(
    tests.reading_fault('gerante@example.com', format(
        'select * from public.orders where placed_at < %L order by placed_at desc limit 20', now() - interval '400 days'
    ), 'orders_placed_at_idx'),
    null, 'the orders before a day, for an admin'
);
select is(
    tests.reading_fault('gerante@example.com', format(
        'select * from public.orders where placed_at between %L and %L order by placed_at desc limit 20',
        now() - interval '70 days', now() - interval '65 days'
    ), 'orders_placed_at_idx'),
    null, 'the orders of some days, for an admin'
);
select is(
    tests.reading_fault('gerante@example.com', $$
        select * from public.orders where status = 'processing' order by placed_at desc limit 20
    $$, 'orders_status_idx', most => 4000),
    null, 'the orders to be sent, for an admin'
);
select is(
    tests.reading_fault('gerante@example.com', $$
        select * from public.orders where status = 'cancelled' order by placed_at desc limit 20
    $$, most => 4000),
    null, 'the orders cancelled last, for an admin'
);
select is(
    tests.reading_fault('gerante@example.com', format('select * from public.orders where order_number = %L', :'order_number'), 'orders_order_number_unique'),
    null, 'an order by its number, for an admin'
);
select is(
    tests.reading_fault('gerante@example.com', format('select * from public.orders where user_id = %L order by placed_at desc limit 20', :'customer'), 'orders_user_id_idx'),
    null, 'the orders of a customer, for an admin'
);
select is(
    tests.reading_fault('gerante@example.com', format('select * from public.order_items where order_id = %L', :'order_id')),
    null, 'the lines of an order, for an admin'
);

-- The uses of a coupon are counted and looked up by people, and by whoever redeems it.
select coupon_usage.coupon_id as coupon from public.coupon_usage order by coupon_usage.order_id limit 1
\gset

select is(
    tests.reading_fault('service_role', format('select * from public.coupon_usage where coupon_id = %L and user_id = %L', :'coupon', :'customer')),
    null, 'a customer''s uses of a coupon'
);
select is(
    tests.reading_fault('gerante@example.com', format('select * from public.coupon_usage where coupon_id = %L', :'coupon')),
    null, 'the uses of a coupon, for an admin'
);
select is(
    tests.reading_fault('service_role', format('select * from public.orders where coupon_id = %L', :'coupon'), 'orders_coupon_id_idx'),
    null, 'the orders with a coupon'
);

select * from finish();
rollback;
