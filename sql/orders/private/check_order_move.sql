-- Whether an order may move so at all, whoever tries: for RPCs, direct writes and service_role alike. Who may make the move, and
-- what follows from it, is looked at once for a statement: private.follow_order_moves.
create function private.check_order_move()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not exists (
        select
        from private.order_transitions
        where order_transitions.from_status = old.status
            and order_transitions.to_status = new.status
            and (not order_transitions.needs_payment or private.is_paid(old.payment_status))
    ) then
        perform private.raise_error(
            'invalid_transition',
            details => jsonb_build_object('from', old.status, 'to', new.status)
        );
    end if;

    case new.status
        when 'confirmed' then new.confirmed_at := now();
        when 'shipped' then new.shipped_at := now();
        when 'delivered' then new.delivered_at := now();
        when 'cancelled' then new.cancelled_at := now();
        else null;
    end case;
    return new;
end;
$$;
