-- Makes a pending order hold its units until then, at least; what had lapsed and was given back is taken again, or
-- out_of_stock. The caller has locked the order's row, and writes nothing after it but what is cold.
create function private.extend_hold(order_id uuid, until timestamptz)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    product_ids uuid[];
    retaken_ids uuid[];
    retaken_quantities integer[];
begin
    update public.orders
    set reservation_expires_at = extend_hold.until
    where orders.id = extend_hold.order_id
        and orders.reservation_expires_at < extend_hold.until;

    select array_agg(stock_reservations.product_id)
    into product_ids
    from public.stock_reservations
    where stock_reservations.order_id = extend_hold.order_id;

    perform private.lock_stock(product_ids);

    update public.stock_reservations
    set expires_at = extend_hold.until
    where stock_reservations.order_id = extend_hold.order_id
        and stock_reservations.status = 'active'
        and stock_reservations.expires_at < extend_hold.until;

    with retaken as (
        update public.stock_reservations
        set status = 'active',
            expires_at = extend_hold.until
        where stock_reservations.order_id = extend_hold.order_id
            and stock_reservations.status = 'released'
        returning stock_reservations.product_id, stock_reservations.quantity
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select retaken.product_id, -retaken.quantity, 'reserve', extend_hold.order_id, private.caller_id()
        from retaken
    )

    select array_agg(retaken.product_id order by retaken.product_id), array_agg(retaken.quantity order by retaken.product_id)
    into retaken_ids, retaken_quantities
    from retaken;

    if retaken_ids is not null then
        perform private.take_stock(retaken_ids, retaken_quantities);
    end if;
end;
$$;
