-- Placing and cancelling an order reads a handful of rows, however large the shop.
\set QUIET on
begin;
select plan(6);

update public.system_settings
set value = '"https://pay.example.com/{order_number}"'
where key = 'payment_link.template';

select shipping_methods.id as shipping
from public.shipping_methods
where shipping_methods.name = 'Livraison standard'
\gset

select json_agg(json_build_object('product_id', goods.id, 'quantity', 1)) as items
from (
    select inventory.product_id as id
    from public.inventory
    inner join private.sellable_products as sold on sold.id = inventory.product_id
    where inventory.stock - inventory.reserved_stock > 0
    order by inventory.product_id
    limit 3
) as goods
\gset

select is(
    tests.reading_fault('anon', format(
        $$
        select public.place_order(
            '{"full_name": "Amina", "line1": "12, rue des Consuls", "city": "Rabat"}', %L, 'cod', %L,
            guest_email => 'guest@example.com', coupon_code => 'merci7', idempotency_key => 'scale-1'
        )
        $$, :'shipping', :'items'
    ), most => 300),
    null, 'a guest orders three products with a coupon'
);
select is(
    tests.reading_fault('anon', format(
        $$
        select public.place_order(
            '{"full_name": "Amina", "line1": "12, rue des Consuls", "city": "Rabat"}', %L, 'cod', %L,
            guest_email => 'guest@example.com', coupon_code => 'merci7', idempotency_key => 'scale-1'
        )
        $$, :'shipping', :'items'
    )),
    null, 'the same request again'
);
select is(
    tests.reading_fault('client40@example.com', format(
        $$
        select public.place_order(
            '{"full_name": "Amina", "line1": "12, rue des Consuls", "city": "Rabat"}', %L, 'payment_link', %L
        )
        $$, :'shipping', :'items'
    ), most => 300),
    null, 'a customer orders three products'
);
select is(
    tests.reading_fault('client40@example.com', $$
        select public.cancel_order((select id from public.orders where status = 'pending' order by placed_at desc limit 1))
    $$, most => 1000),
    null, 'and cancels'
);
select is(
    tests.reading_fault('client40@example.com', format(
        $$ select public.add_to_cart((%L::json -> 0 ->> 'product_id')::uuid, 1) $$, :'items'
    )),
    null, 'a product goes in the cart'
);
select is(
    tests.reading_fault('service_role', format(
        $$ select public.admin_adjust_stock((%L::json -> 0 ->> 'product_id')::uuid, 5, 'delivery') $$, :'items'
    )),
    null, 'a delivery arrives'
);

select * from finish();
rollback;
