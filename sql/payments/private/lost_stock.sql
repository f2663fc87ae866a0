-- What a pending order no longer holds and could not take again now, as the details of out_of_stock; null when nothing.
-- A forecast, made before any lock: sell_stock has the last word.
create function private.lost_stock(order_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select jsonb_agg(
            jsonb_build_object(
                'product_id', lost.product_id,
                'requested', lost.quantity,
                'available', lost.available
            )
            order by lost.product_id
        )
        from (
            select
                stock_reservations.product_id,
                stock_reservations.quantity,
                private.available_stock(stock_reservations.product_id) as available
            from public.stock_reservations
            where stock_reservations.order_id = lost_stock.order_id
                and stock_reservations.status = 'released'
        ) as lost
        where lost.available < lost.quantity
    );
end;
$$;
