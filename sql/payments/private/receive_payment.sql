-- Books money that came in for an order, whose row the caller has locked. Whatever becomes of the order, the money is
-- kept in the books: as its payment, or marked to be given back. payment: the one it is for, if known.
create function private.receive_payment(
    due public.orders,
    payment public.payments,
    provider text,
    provider_reference text,
    out payment_id uuid,
    out result text
)
    set search_path = ''
    language plpgsql
    as $$
begin
    if payment.id is null or private.is_paid(payment.status) then
        insert into public.payments (order_id, provider, amount, currency, status, paid_at, provider_reference)
        values (
            due.id, receive_payment.provider, due.total, due.currency, 'paid', now(),
            receive_payment.provider_reference
        )
        returning payments.id into payment_id;
    else
        payment_id := payment.id;
        update public.payments
        set status = 'paid',
            paid_at = now(),
            provider_reference = coalesce(receive_payment.provider_reference, payments.provider_reference)
        where payments.id = payment.id;
    end if;
    result := 'refund_due';

    if private.is_paid(due.payment_status) then
        perform private.mark_refund_due(
            payment_id,
            case when due.status in ('cancelled', 'refunded') then 'order_cancelled' else 'already_paid' end
        );
        return;
    end if;

    update public.orders
    set payment_status = 'paid',
        payment_intent_id = case
            when receive_payment.provider = 'stripe' then coalesce(receive_payment.provider_reference, orders.payment_intent_id)
            else orders.payment_intent_id
        end
    where orders.id = due.id;
    update public.payments
    set status = 'cancelled'
    where payments.order_id = due.id
        and payments.id <> receive_payment.payment_id
        and payments.status in ('pending', 'failed');

    if due.status in ('cancelled', 'refunded') then
        perform private.mark_refund_due(payment_id, 'order_cancelled');
        return;
    end if;
    if due.status <> 'pending' then
        -- No status moves, so no message of one says it.
        perform private.enqueue('payment.paid', jsonb_build_object('order_id', due.id, 'payment_id', payment_id));
        result := 'paid';
        return;
    end if;

    begin
        perform private.move_order(due.id, 'confirmed');
        result := 'paid';
    exception
        when sqlstate 'PGRST' then
            -- Anything else passes: the provider will report again.
            if sqlerrm::jsonb ->> 'code' <> 'out_of_stock' then
                raise;
            end if;
    end;
    if result = 'refund_due' then
        perform private.mark_refund_due(payment_id, 'out_of_stock');
        perform private.move_order(due.id, 'cancelled', 'Sold out before the payment arrived. The payment will be refunded.');
    end if;
end;
$$;
