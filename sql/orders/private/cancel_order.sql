-- Cancels an order that the caller has been found to own. The row lock makes the second of two cancellations see the first.
create function private.cancel_own_order(order_id uuid, reason text)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
declare
    current_status text;
begin
    select orders.status
    into current_status
    from public.orders
    where orders.id = cancel_own_order.order_id
    for no key update;

    if not exists (
        select
        from private.order_transitions
        where order_transitions.from_status = current_status
            and order_transitions.to_status = 'cancelled'
            and (order_transitions.by_customer or private.is_service() or private.is_admin())
    ) then
        perform private.raise_error('order_not_cancellable', details => jsonb_build_object('status', current_status));
    end if;

    perform private.move_order(cancel_own_order.order_id, 'cancelled', private.trimmed(cancel_own_order.reason));
    return private.order_document(cancel_own_order.order_id);
end;
$$;

create function private.cancel_order(order_id uuid, reason text)
    returns jsonb
    security definer
    set search_path = ''
    set lock_timeout = '2500ms'
    language plpgsql
    as $$
declare
    caller uuid := private.caller_id();
begin
    if caller is null and not private.is_service() then
        perform private.raise_error('unauthenticated');
    end if;
    perform private.raise_invalid(jsonb_build_object(
        'order_id', case when cancel_order.order_id is null then '["required"]'::jsonb end,
        'reason', private.text_fault(cancel_order.reason, 500, multiline => true)
    ));

    if not exists (
        select
        from public.orders
        where orders.id = cancel_order.order_id
            and (orders.user_id = caller or private.is_service() or private.is_admin())
    ) then
        perform private.raise_error('not_found', 'There is no such order.');
    end if;
    return private.cancel_own_order(cancel_order.order_id, cancel_order.reason);
exception
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.cancel_order to anon, authenticated, service_role;

create function private.cancel_guest_order(order_number text, guest_token text, reason text)
    returns jsonb
    security definer
    set search_path = ''
    set lock_timeout = '2500ms'
    language plpgsql
    as $$
declare
    opened uuid;
begin
    perform private.raise_invalid(jsonb_build_object(
        'reason', private.text_fault(cancel_guest_order.reason, 500, multiline => true)
    ));
    opened := private.open_guest_order(cancel_guest_order.order_number, cancel_guest_order.guest_token);
    if opened is null then
        return null;
    end if;
    return private.cancel_own_order(opened, cancel_guest_order.reason);
exception
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.cancel_guest_order to anon, authenticated, service_role;
