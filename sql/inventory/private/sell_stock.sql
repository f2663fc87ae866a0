-- Turns an order's reservations into a sale. Where the hold has lapsed and was given back, the units are taken again
-- or the sale fails with out_of_stock.
create function private.sell_stock(order_id uuid)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    product_ids uuid[];
    retaken_ids uuid[];
    retaken_quantities integer[];
begin
    select array_agg(stock_reservations.product_id)
    into product_ids
    from public.stock_reservations
    where stock_reservations.order_id = sell_stock.order_id;

    perform private.lock_stock(product_ids);

    -- 'infinity' keeps release_expired, which take_stock may call, off the units being retaken.
    with retaken as (
        update public.stock_reservations
        set status = 'active',
            expires_at = 'infinity'
        where stock_reservations.order_id = sell_stock.order_id
            and stock_reservations.status = 'released'
        returning stock_reservations.product_id, stock_reservations.quantity
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select retaken.product_id, -retaken.quantity, 'reserve', sell_stock.order_id, private.caller_id()
        from retaken
    )

    select array_agg(retaken.product_id), array_agg(retaken.quantity)
    into retaken_ids, retaken_quantities
    from retaken;

    if retaken_ids is not null then
        perform private.take_stock(retaken_ids, retaken_quantities);
    end if;

    with sold as (
        update public.stock_reservations
        set status = 'committed'
        where stock_reservations.order_id = sell_stock.order_id
            and stock_reservations.status = 'active'
        returning stock_reservations.product_id, stock_reservations.quantity
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select sold.product_id, -sold.quantity, 'sell', sell_stock.order_id, private.caller_id()
        from sold
    )

    update public.inventory
    set stock = inventory.stock - sold.quantity,
        reserved_stock = inventory.reserved_stock - sold.quantity
    from sold
    where inventory.product_id = sold.product_id;
end;
$$;
