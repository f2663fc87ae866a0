-- Takes the stock locks and promises these units, or fails with out_of_stock naming every line that cannot be had.
-- Ledger and reservations are the caller's; this is the hot part, and the last statement of a checkout.
create function private.take_stock(product_ids uuid[], quantities integer[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    taken integer;
    short jsonb;
begin
    perform private.lock_stock(take_stock.product_ids);

    for attempt in 1..2 loop
        select jsonb_agg(
            jsonb_build_object(
                'product_id', wanted.product_id,
                'requested', wanted.quantity,
                'available', coalesce(inventory.stock - inventory.reserved_stock, 0)
            )
            order by wanted.product_id
        )
        into short
        from unnest(take_stock.product_ids, take_stock.quantities) as wanted (product_id, quantity)
        left join public.inventory on inventory.product_id = wanted.product_id
        where coalesce(inventory.stock - inventory.reserved_stock, 0) < wanted.quantity;

        exit when short is null or attempt = 2;
        perform private.release_expired(take_stock.product_ids);
    end loop;

    if short is not null then
        perform private.raise_error('out_of_stock', details => short);
    end if;

    update public.inventory
    set reserved_stock = inventory.reserved_stock + wanted.quantity
    from unnest(take_stock.product_ids, take_stock.quantities) as wanted (product_id, quantity)
    where inventory.product_id = wanted.product_id
        and inventory.stock - inventory.reserved_stock >= wanted.quantity;

    get diagnostics taken = row_count;
    if taken <> cardinality(take_stock.product_ids) then
        perform private.raise_error('busy');
    end if;
end;
$$;
