-- Turns the orders' reservations into sales. Where a hold has lapsed and was given back, the units are taken again or all fails
-- with out_of_stock. The caller holds the stock locks.
create function private.sell_stock(order_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    retaken_ids uuid[];
    retaken_quantities integer[];
begin
    -- 'infinity' keeps release_expired, which take_stock may call, off the units of these very orders.
    with lapsed as (
        select stock_reservations.order_id, stock_reservations.product_id, stock_reservations.status
        from public.stock_reservations
        where stock_reservations.order_id = any(sell_stock.order_ids)
            and (
                stock_reservations.status = 'released'
                or (stock_reservations.status = 'active' and stock_reservations.expires_at <= clock_timestamp())
            )
    ),

    kept as (
        update public.stock_reservations
        set status = 'active',
            expires_at = 'infinity'
        from lapsed
        where stock_reservations.order_id = lapsed.order_id and stock_reservations.product_id = lapsed.product_id
        returning
            stock_reservations.order_id,
            stock_reservations.product_id,
            stock_reservations.quantity,
            lapsed.status = 'released' as was_released
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select kept.product_id, -kept.quantity, 'reserve', kept.order_id, private.caller_id()
        from kept
        where kept.was_released
    )

    select array_agg(retaken.product_id order by retaken.product_id), array_agg(retaken.quantity order by retaken.product_id)
    into retaken_ids, retaken_quantities
    from (
        select kept.product_id, sum(kept.quantity)::integer as quantity
        from kept
        where kept.was_released
        group by kept.product_id
    ) as retaken;

    if retaken_ids is not null then
        perform private.take_stock(retaken_ids, retaken_quantities);
    end if;

    with sold as (
        update public.stock_reservations
        set status = 'committed'
        where stock_reservations.order_id = any(sell_stock.order_ids)
            and stock_reservations.status = 'active'
        returning stock_reservations.order_id, stock_reservations.product_id, stock_reservations.quantity
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select sold.product_id, -sold.quantity, 'sell', sold.order_id, private.caller_id()
        from sold
    )

    update public.inventory
    set stock = inventory.stock - summed.quantity,
        reserved_stock = inventory.reserved_stock - summed.quantity
    from (
        select sold.product_id, sum(sold.quantity) as quantity
        from sold
        group by sold.product_id
    ) as summed
    where inventory.product_id = summed.product_id;
end;
$$;
