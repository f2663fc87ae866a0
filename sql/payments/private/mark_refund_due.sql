-- Marks money that its order can't keep, and tells the admins. amount in the message: what of it has not been given back.
create function private.mark_refund_due(payment_id uuid, reason text)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    marked public.payments;
begin
    update public.payments
    set refund_due_at = now(),
        refund_due_reason = mark_refund_due.reason
    where payments.id = mark_refund_due.payment_id
    returning * into marked;

    perform private.enqueue('payment.refund_due', jsonb_build_object(
        'order_id', marked.order_id,
        'payment_id', marked.id,
        'amount', marked.amount - marked.refunded_amount,
        'reason', marked.refund_due_reason
    ));
end;
$$;
