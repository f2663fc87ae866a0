-- Everyone who changes inventory or reservations takes these locks first, in this order, so nobody deadlocks.
create function private.lock_stock(product_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform inventory.product_id
    from public.inventory
    where inventory.product_id = any(lock_stock.product_ids)
    order by inventory.product_id
    for no key update;
end;
$$;
