-- A payment as start_payment and set_payment_reference return it; null when there is none.
create function private.payment_document(payment_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select jsonb_build_object(
            'payment_id', payments.id,
            'order_id', payments.order_id,
            'order_number', orders.order_number,
            'provider', payments.provider,
            'amount', payments.amount,
            'currency', payments.currency,
            'status', payments.status,
            'provider_reference', payments.provider_reference,
            'expires_at', payments.expires_at,
            'url', payments.url
        )
        from public.payments
        inner join public.orders on orders.id = payments.order_id
        where payments.id = payment_document.payment_id
    );
end;
$$;
