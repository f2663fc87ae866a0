-- Moves orders to a status: the one way for functions to do it. Triggers decide whether they may, and do what follows from it;
-- one that can't move fails them all. The rows are locked first, in order, and who locks many takes turns with others who do.
create function private.move_orders(order_ids uuid[], status text, note text default null)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    if cardinality(move_orders.order_ids) > 1 then
        perform private.lock_orders(move_orders.order_ids);
    end if;

    perform
        set_config('primostore.status_note', coalesce(move_orders.note, ''), true),
        set_config('primostore.orders_locked', 'on', true);
    update public.orders
    set status = move_orders.status
    where orders.id = any(move_orders.order_ids);
    perform
        set_config('primostore.status_note', '', true),
        set_config('primostore.orders_locked', 'off', true);
end;
$$;

create function private.move_order(order_id uuid, status text, note text default null)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.move_orders(array[move_order.order_id], move_order.status, move_order.note);
end;
$$;
