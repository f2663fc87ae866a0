-- Locks orders, in the one order in which many are locked; see private.lock_order_moves.
create function private.lock_orders(order_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('public.orders', 0));
    perform orders.id
    from public.orders
    where orders.id = any(lock_orders.order_ids)
    order by orders.id
    for no key update;
end;
$$;
