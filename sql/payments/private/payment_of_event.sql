-- The payment that an event is about: the one with its reference, whichever order's; else one of the order's that could
-- be meant, an open one before a closed one. Null when the order has none such.
create function private.payment_of_event(order_id uuid, provider text, provider_reference text)
    returns public.payments
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    meant public.payments;
begin
    select payments.*
    into meant
    from public.payments
    where payments.provider = payment_of_event.provider
        and (
            payments.provider_reference = payment_of_event.provider_reference
            or (
                payments.order_id = payment_of_event.order_id
                and (payments.provider_reference is null or payment_of_event.provider_reference is null)
            )
        )
    order by
        coalesce(payments.provider_reference = payment_of_event.provider_reference, false) desc,
        array_position(array['pending', 'failed', 'cancelled'], payments.status) nulls last,
        payments.created_at desc
    limit 1;
    return meant;
end;
$$;
