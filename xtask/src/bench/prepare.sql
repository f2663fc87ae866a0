-- A schema of its own for what the transactions look up, enough stock that none fails, and limits that nobody reaches: they
-- are counted all the same.
create schema bench;
grant usage on schema bench to anon;

create table bench.goods as
select row_number() over (order by products.id) - 1 as place, products.id
from private.sellable_products as products;
create unique index goods_place_idx on bench.goods (place);
create table bench.size as
select count(*)::integer as goods
from bench.goods;
create table bench.shipping as
select shipping_methods.id
from public.shipping_methods
where shipping_methods.is_active and shipping_methods.zones = '{}'
order by shipping_methods.sort_order
limit 1;
grant select on bench.goods, bench.size, bench.shipping to anon;

-- As place_order takes them; a number of any size says which of the products.
create function bench.items(variadic numbers integer[])
returns jsonb
stable
language plpgsql
as $$
begin
    return (
        select jsonb_agg(jsonb_build_object('product_id', goods.id, 'quantity', 1))
        from unnest(numbers) as wanted (number)
        inner join bench.goods on goods.place = wanted.number % (select size.goods from bench.size)
    );
end;
$$;
grant execute on function bench.items to anon;

-- The rows of an order of these items, as plain INSERTs and one UPDATE, with every constraint, key and trigger in place.
create function bench.floor(items jsonb)
returns void
security definer
set search_path = ''
language plpgsql
as $$
declare
    new_id uuid;
    ids uuid[];
begin
    select array_agg(distinct (item ->> 'product_id')::uuid)
    into ids
    from jsonb_array_elements(items) as item;

    insert into public.orders (
        order_number, guest_email, guest_phone, payment_method, currency, subtotal, shipping_cost, tax_amount, total,
        shipping_method_id, shipping_address, language, reservation_expires_at
    )
    values (
        'FLOOR-' || nextval('private.order_number_seq'), 'guest@example.com', null, 'cod', 'MAD',
        100 * cardinality(ids), 30, 20, 100 * cardinality(ids) + 30,
        (select shipping.id from bench.shipping),
        '{"full_name": "Amina Idrissi", "line1": "12, rue des Consuls", "city": "Rabat", "phone": "+212600000000", "country": "MA"}',
        'fr', now() + interval '72 hours'
    )
    returning id
    into new_id;
    insert into public.order_items (order_id, product_id, sku, name, quantity, unit_price, tax_rate, tax_amount, line_total)
    select new_id, product_id, 'REF-0000001', 'Un produit comme les autres', 1, 100, 20, 16.67, 100
    from unnest(ids) as product_id;
    insert into public.payments (order_id, provider, amount, currency)
    values (new_id, 'cod', 100 * cardinality(ids) + 30, 'MAD');
    insert into public.order_origins (order_id, ip_address, user_agent, guest_access_until)
    values (new_id, '203.0.113.7', 'Mozilla/5.0 (X11; Linux x86_64)', now() + interval '90 days');
    insert into public.stock_reservations (order_id, product_id, quantity, expires_at)
    select new_id, product_id, 1, now() + interval '72 hours'
    from unnest(ids) as product_id;
    insert into public.stock_movements (product_id, quantity, kind, order_id)
    select product_id, -1, 'reserve', new_id
    from unnest(ids) as product_id;
    insert into private.outbox (topic, payload)
    values ('order.placed', jsonb_build_object('order_id', new_id));
    update public.inventory
    set reserved_stock = inventory.reserved_stock + 1
    where inventory.product_id = any(ids);
end;
$$;
grant execute on function bench.floor to anon;

do $$
begin
    perform public.admin_adjust_stock(goods.id, 10000000, 'for the benchmark')
    from bench.goods;
    update public.system_settings
    set value = '"9999999/second"'
    where system_settings.key in ('rate_limits.general', 'rate_limits.orders', 'rate_limits.coupons');
end;
$$;
