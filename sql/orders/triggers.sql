create trigger set_updated_at
    before update on public.orders
    for each row execute function private.set_updated_at();

-- Whether the move may be made, by whoever tries: this trigger is the rule, for RPCs, direct writes and service_role alike.
create function private.check_order_move()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    move private.order_transitions;
begin
    select *
    into move
    from private.order_transitions
    where order_transitions.from_status = old.status and order_transitions.to_status = new.status;

    if move.to_status is null
        or move.needs_payment and old.payment_status not in ('paid', 'partially_refunded', 'refunded') then
        perform private.raise_error(
            'invalid_transition',
            details => jsonb_build_object('from', old.status, 'to', new.status)
        );
    end if;
    if not (move.by_customer or private.is_service() or private.is_admin()) then
        perform private.raise_error('forbidden');
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

create trigger check_order_move
    before update of status on public.orders
    for each row execute function private.check_order_move();

-- What follows from a status: history, messages, payments, and last the hot rows, coupon before stock as at checkout.
create function private.follow_order_status()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into public.order_status_history (order_id, status, changed_by, notes)
    values (
        new.id,
        new.status,
        private.caller_id(),
        nullif(current_setting('primostore.status_note', true), '')
    );
    if tg_op = 'INSERT' then
        return null;
    end if;

    perform private.enqueue('order.' || new.status, jsonb_build_object('order_id', new.id));

    if new.status = 'cancelled' then
        -- A failed one could have been tried again.
        update public.payments
        set status = 'cancelled'
        where payments.order_id = new.id and payments.status in ('pending', 'failed');

        perform private.mark_refund_due(payments.id, 'order_cancelled')
        from public.payments
        where payments.order_id = new.id
            and payments.status in ('paid', 'partially_refunded')
            and payments.amount > 0
            and payments.refund_due_at is null;

        if new.coupon_id is not null then
            perform private.return_coupon(new.id, new.coupon_id);
        end if;
        perform private.return_stock(new.id);
    elsif new.status = 'confirmed' then
        perform private.sell_stock(new.id);
    end if;
    return null;
end;
$$;

create trigger follow_order_status
    after insert or update of status on public.orders
    for each row execute function private.follow_order_status();

create function private.validate_order_edit()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(
        private.address_faults(new.shipping_address, 'shipping_address')
        || case
            when new.billing_address is null then '{}'::jsonb
            else private.address_faults(new.billing_address, 'billing_address')
        end
        || jsonb_strip_nulls(jsonb_build_object('notes', private.text_fault(new.notes, 1000, multiline => true)))
    );
    new.shipping_address := private.clean_address(new.shipping_address);
    new.billing_address := private.clean_address(new.billing_address);
    return new;
end;
$$;

create trigger validate
    before update of shipping_address, billing_address, notes on public.orders
    for each row execute function private.validate_order_edit();

-- Snapshots and history are never rewritten. Accounts leave them by `on delete set null`, and only so.
create function private.refuse_rewrite()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if to_jsonb(new) - 'changed_by' is distinct from to_jsonb(old) - 'changed_by' then
        raise exception '%.% is append-only', tg_table_schema, tg_table_name
            using errcode = '42501', hint = 'Order lines and history stay as they were.';
    end if;
    return new;
end;
$$;

create trigger append_only
    before update on public.order_status_history
    for each row execute function private.refuse_rewrite();

create trigger refuse_delete
    before delete or truncate on public.order_status_history
    for each statement execute function private.refuse_change();

create trigger append_only
    before update or delete or truncate on public.order_items
    for each statement execute function private.refuse_change();
