-- Units of this one product on sale now: lapsed reservations hold nothing, whether or not they have been swept.
create function private.available_stock(product_id uuid)
    returns integer
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select inventory.stock - inventory.reserved_stock + coalesce((
            select sum(stock_reservations.quantity)::integer
            from public.stock_reservations
            where stock_reservations.product_id = inventory.product_id
                and stock_reservations.status = 'active'
                and stock_reservations.expires_at <= now()
        ), 0)
        from public.inventory
        where inventory.product_id = available_stock.product_id
    );
end;
$$;
grant execute on function private.available_stock to anon, authenticated, service_role;
