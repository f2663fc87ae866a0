create trigger set_updated_at
    before update on public.orders
    for each row execute function private.set_updated_at();

create trigger lock_order_moves
    before update of status, user_id on public.orders
    for each statement execute function private.lock_order_moves();

create trigger check_order_move
    before update of status on public.orders
    for each row execute function private.check_order_move();

create trigger follow_order_moves
    after update on public.orders
    referencing old table as before_rows new table as after_rows
    for each statement execute function private.follow_order_moves();

create trigger validate
    before update of shipping_address, billing_address, notes on public.orders
    for each row execute function private.validate_order_edit();

create trigger append_only
    before update or delete or truncate on public.order_status_history
    for each statement execute function private.refuse_change();

create trigger append_only
    before update or delete or truncate on public.order_items
    for each statement execute function private.refuse_change();

call private.audit_writes('public.orders', 'id', actions => array['update', 'delete']);
call private.audit_writes('public.order_notes', 'id');
