-- Gives back what lapsed reservations of these products still hold. The caller holds their stock locks.
create function private.release_expired(product_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    with expired as (
        update public.stock_reservations
        set status = 'released'
        where stock_reservations.product_id = any(release_expired.product_ids)
            and stock_reservations.status = 'active'
            and stock_reservations.expires_at <= clock_timestamp()
        returning stock_reservations.order_id, stock_reservations.product_id, stock_reservations.quantity
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id)
        select expired.product_id, expired.quantity, 'release', expired.order_id
        from expired
    )

    update public.inventory
    set reserved_stock = inventory.reserved_stock - released.quantity
    from (
        select expired.product_id, sum(expired.quantity) as quantity
        from expired
        group by expired.product_id
    ) as released
    where inventory.product_id = released.product_id;
end;
$$;
