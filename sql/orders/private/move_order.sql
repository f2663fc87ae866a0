-- Moves an order; the triggers decide whether it may, and do what follows from it.
create function private.move_order(order_id uuid, status text, note text default null)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform set_config('primostore.status_note', coalesce(move_order.note, ''), true);
    update public.orders
    set status = move_order.status
    where orders.id = move_order.order_id;
    perform set_config('primostore.status_note', '', true);
end;
$$;
