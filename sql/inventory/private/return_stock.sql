-- Gives an order's units back: what is promised is released, what is sold is restocked.
create function private.return_stock(order_id uuid)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    product_ids uuid[];
begin
    select array_agg(stock_reservations.product_id)
    into product_ids
    from public.stock_reservations
    where stock_reservations.order_id = return_stock.order_id
        and stock_reservations.status <> 'released';

    perform private.lock_stock(product_ids);

    with held as (
        select stock_reservations.id, stock_reservations.status
        from public.stock_reservations
        where stock_reservations.order_id = return_stock.order_id
            and stock_reservations.status <> 'released'
    ),

    returned as (
        update public.stock_reservations
        set status = 'released'
        from held
        where stock_reservations.id = held.id
        returning stock_reservations.product_id, stock_reservations.quantity, held.status = 'committed' as was_sold
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select
            returned.product_id,
            returned.quantity,
            case when returned.was_sold then 'restock' else 'release' end,
            return_stock.order_id,
            private.caller_id()
        from returned
    )

    update public.inventory
    set stock = inventory.stock + case when returned.was_sold then returned.quantity else 0 end,
        reserved_stock = inventory.reserved_stock - case when returned.was_sold then 0 else returned.quantity end
    from returned
    where inventory.product_id = returned.product_id;
end;
$$;
