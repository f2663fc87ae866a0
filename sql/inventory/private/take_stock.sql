-- Promises these units, or fails with out_of_stock naming every line that cannot be had. Product ids come in order: whoever takes
-- stock takes its locks in that order, so one update after the other, because one over all would lock as its plan reads. Ledger
-- and reservations are the caller's; this is the hot part, and the last statement of a checkout.
create function private.take_stock(product_ids uuid[], quantities integer[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    missing_ids uuid[];
    missing_quantities integer[];
    short jsonb;
begin
    for place in 1..cardinality(take_stock.product_ids) loop
        update public.inventory
        set reserved_stock = inventory.reserved_stock + take_stock.quantities[place]
        where inventory.product_id = take_stock.product_ids[place]
            and inventory.stock - inventory.reserved_stock >= take_stock.quantities[place];

        if not found then
            -- Held all the same, for the look below.
            perform private.lock_stock(take_stock.product_ids[place:place]);
            missing_ids := missing_ids || take_stock.product_ids[place];
            missing_quantities := missing_quantities || take_stock.quantities[place];
        end if;
    end loop;
    if missing_ids is null then
        return;
    end if;

    -- Lapsed promises may cover what was missing. The locks are held, so this says all there is to say.
    perform private.release_expired(missing_ids);
    with missing as (
        select wanted.product_id, wanted.quantity
        from unnest(missing_ids, missing_quantities) as wanted (product_id, quantity)
    ),

    taken as (
        update public.inventory
        set reserved_stock = inventory.reserved_stock + missing.quantity
        from missing
        where inventory.product_id = missing.product_id
            and inventory.stock - inventory.reserved_stock >= missing.quantity
        returning inventory.product_id
    )

    select jsonb_agg(
        jsonb_build_object(
            'product_id', missing.product_id,
            'requested', missing.quantity,
            'available', coalesce(inventory.stock - inventory.reserved_stock, 0)
        )
        order by missing.product_id
    )
    into short
    from missing
    left join taken on taken.product_id = missing.product_id
    left join public.inventory on inventory.product_id = missing.product_id
    where taken.product_id is null;

    if short is not null then
        perform private.raise_error('out_of_stock', details => short);
    end if;
end;
$$;
