-- What follows from a refund: the sums of its payment and of its order, what they are called then, and who is told. Sums are
-- taken anew under the order's lock, so that refunds at the same time see each other; constraints keep them within what was
-- paid.
create function private.follow_refund()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    due public.orders;
    received numeric;
    given_back numeric;
    own_given_back numeric;
    named text;
    was_settled text := case when tg_op = 'UPDATE' then old.status else 'pending' end;
begin
    select *
    into due
    from public.orders
    where orders.id = new.order_id
    for no key update;

    update public.payments
    set refunded_amount = refunded.counted,
        status = case
            when not private.is_paid(payments.status) then payments.status
            when refunded.succeeded = 0 then 'paid'
            when refunded.succeeded < payments.amount then 'partially_refunded'
            else 'refunded'
        end,
        refund_due_at = case when refunded.succeeded < payments.amount then payments.refund_due_at end,
        refund_due_reason = case when refunded.succeeded < payments.amount then payments.refund_due_reason end
    from (
        select
            coalesce(sum(refunds.amount) filter (where refunds.status in ('pending', 'succeeded')), 0) as counted,
            coalesce(sum(refunds.amount) filter (where refunds.status = 'succeeded'), 0) as succeeded
        from public.refunds
        where refunds.payment_id = new.payment_id
    ) as refunded
    where payments.id = new.payment_id;

    -- Money that came in twice is not the order's: giving it back takes nothing off the order.
    select coalesce(sum(payments.amount), 0)
    into received
    from public.payments
    where payments.order_id = due.id and private.is_paid(payments.status);
    select coalesce(sum(refunds.amount), 0)
    into given_back
    from public.refunds
    where refunds.order_id = due.id and refunds.status = 'succeeded';
    own_given_back := greatest(given_back - greatest(received - due.total, 0), 0);
    named := case
        when not private.is_paid(due.payment_status) then due.payment_status
        when own_given_back = 0 then 'paid'
        when own_given_back < least(received, due.total) then 'partially_refunded'
        else 'refunded'
    end;

    update public.orders
    set refunded_amount = own_given_back,
        payment_status = named
    where orders.id = due.id
        and (orders.refunded_amount, orders.payment_status) is distinct from (own_given_back, named);

    if new.status = 'failed' and was_settled <> 'failed' then
        perform private.payment_event_alerts('refund_failed', jsonb_build_object(
            'order_id', due.id,
            'payment_id', new.payment_id,
            'refund_id', new.id,
            'amount', new.amount,
            'error', new.error
        ));
        if was_settled = 'succeeded' then
            perform private.mark_refund_due(
                payments.id,
                case when due.status in ('cancelled', 'refunded') then 'order_cancelled' else 'already_paid' end
            )
            from public.payments
            where payments.id = new.payment_id
                and payments.refund_due_at is null
                and (due.status in ('cancelled', 'refunded') or received - given_back > due.total);
        end if;
    elsif named = 'refunded' and due.payment_status <> 'refunded' and due.status in ('delivered', 'cancelled') then
        perform private.move_order(due.id, 'refunded');
    elsif new.status = 'succeeded' and was_settled <> 'succeeded' then
        -- No status moves, so no message of one says it.
        perform private.enqueue('payment.refunded', jsonb_build_object(
            'order_id', due.id,
            'payment_id', new.payment_id,
            'refund_id', new.id,
            'amount', new.amount
        ));
    end if;
    return null;
end;
$$;
