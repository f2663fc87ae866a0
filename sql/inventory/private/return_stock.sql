-- Gives the orders' units back: what is promised is released, what is sold is restocked. The caller holds the stock locks.
create function private.return_stock(order_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    with held as (
        select stock_reservations.order_id, stock_reservations.product_id, stock_reservations.status
        from public.stock_reservations
        where stock_reservations.order_id = any(return_stock.order_ids)
            and stock_reservations.status <> 'released'
    ),

    returned as (
        update public.stock_reservations
        set status = 'released'
        from held
        where stock_reservations.order_id = held.order_id and stock_reservations.product_id = held.product_id
        returning
            stock_reservations.order_id,
            stock_reservations.product_id,
            stock_reservations.quantity,
            held.status = 'committed' as was_sold
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select
            returned.product_id,
            returned.quantity,
            case when returned.was_sold then 'restock' else 'release' end,
            returned.order_id,
            private.caller_id()
        from returned
    )

    update public.inventory
    set stock = inventory.stock + summed.sold,
        reserved_stock = inventory.reserved_stock - summed.promised
    from (
        select
            returned.product_id,
            coalesce(sum(returned.quantity) filter (where returned.was_sold), 0) as sold,
            coalesce(sum(returned.quantity) filter (where not returned.was_sold), 0) as promised
        from returned
        group by returned.product_id
    ) as summed
    where inventory.product_id = summed.product_id;
end;
$$;
