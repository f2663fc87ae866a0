-- Writes what a new order will hold until `expires_at`. take_order_stock then takes it: these rows are cold, those hot.
create function private.write_reservations(order_id uuid, expires_at timestamptz)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    with held as (
        insert into public.stock_reservations (order_id, product_id, quantity, expires_at)
        select order_items.order_id, order_items.product_id, order_items.quantity, write_reservations.expires_at
        from public.order_items
        where order_items.order_id = write_reservations.order_id
        returning stock_reservations.order_id, stock_reservations.product_id, stock_reservations.quantity
    )

    insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
    select held.product_id, -held.quantity, 'reserve', held.order_id, private.caller_id()
    from held;
end;
$$;

create function private.take_order_stock(order_id uuid)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    product_ids uuid[];
    quantities integer[];
begin
    select array_agg(stock_reservations.product_id), array_agg(stock_reservations.quantity)
    into product_ids, quantities
    from public.stock_reservations
    where stock_reservations.order_id = take_order_stock.order_id;

    perform private.take_stock(product_ids, quantities);
end;
$$;
