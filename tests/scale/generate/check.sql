-- What constraints can't say of the whole. Nothing is committed when one of these is not so.
do $$
declare
    wrong bigint;
begin
    select count(*)
    into wrong
    from public.inventory
    left join (
        select
            stock_movements.product_id,
            sum(stock_movements.quantity) filter (where stock_movements.kind in ('receive', 'adjust', 'sell', 'restock')) as stock,
            sum(case stock_movements.kind
                when 'sell' then stock_movements.quantity
                when 'reserve' then -stock_movements.quantity
                when 'release' then -stock_movements.quantity
            end) as reserved
        from public.stock_movements
        group by stock_movements.product_id
    ) as ledger on ledger.product_id = inventory.product_id
    left join (
        select stock_reservations.product_id, sum(stock_reservations.quantity) as units
        from public.stock_reservations
        where stock_reservations.status = 'active'
        group by stock_reservations.product_id
    ) as held on held.product_id = inventory.product_id
    where (inventory.stock, inventory.reserved_stock, inventory.reserved_stock)
        is distinct from (coalesce(ledger.stock, 0), coalesce(ledger.reserved, 0), coalesce(held.units, 0));
    if wrong > 0 then
        raise exception 'The ledger, reservations and inventory of % products disagree.', wrong;
    end if;

    select count(*)
    into wrong
    from public.orders
    left join (
        select
            order_items.order_id,
            sum(order_items.quantity * order_items.unit_price) as subtotal,
            sum(order_items.discount_amount) as discount
        from public.order_items
        group by order_items.order_id
    ) as lines on lines.order_id = orders.id
    where (orders.subtotal, orders.discount_amount) is distinct from (lines.subtotal, lines.discount);
    if wrong > 0 then
        raise exception 'The amounts of % orders are not those of their lines.', wrong;
    end if;

    select count(*)
    into wrong
    from public.orders
    left join lateral (
        select order_status_history.status
        from public.order_status_history
        where order_status_history.order_id = orders.id
        order by order_status_history.created_at desc
        limit 1
    ) as latest on true
    where orders.status <> coalesce(latest.status, 'pending');
    if wrong > 0 then
        raise exception 'The history of % orders does not end with their status.', wrong;
    end if;

    -- The shop's own trigger judges one in a hundred products: an invalid one raises here.
    update public.products
    set specifications = products.specifications
    where products.sku like 'REF-%00';
end;
$$;
