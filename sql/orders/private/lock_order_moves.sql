-- Rows that one statement changes are locked in the order in which it happens to read them, so two statements that move many
-- orders could each hold what the other waits for. They take turns: this runs before a statement locks its first row. Who moves
-- one order holds no second one, and private.move_orders has its locks already; both say so and pass.
create function private.lock_order_moves()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if current_setting('primostore.orders_locked', true) is distinct from 'on'
        -- Customers' own updates meet no row; they must not make the shop wait.
        and (private.is_service() or private.is_admin() or current_user not in ('authenticated', 'anon')) then
        perform pg_advisory_xact_lock(hashtextextended('public.orders', 0));
    end if;
    return null;
end;
$$;
