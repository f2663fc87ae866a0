-- What a provider reports, booked once, in one transaction. Locks: the event's row first (its copies wait for it there),
-- then the order's, and what follows from the order's status as everywhere.
create function private.record_payment_event(
    provider text,
    event_id text,
    event_type text,
    outcome text,
    payload jsonb,
    order_id uuid,
    order_number text,
    provider_reference text,
    amount numeric,
    currency text
)
    returns jsonb
    security definer
    set search_path = ''
    set lock_timeout = '2500ms'
    language plpgsql
    as $$
declare
    content_digest bytea := sha256(convert_to(jsonb_build_array(
        outcome, order_id, order_number, provider_reference, trim_scale(amount)::text, upper(currency)
    )::text, 'UTF8'));
    stored_id uuid;
    due public.orders;
    payment public.payments;
    paid_id uuid;
    booked text;
begin
    perform private.raise_invalid(private.payment_event_faults(
        provider, event_id, event_type, outcome, array['paid', 'failed', 'cancelled', 'ignored'], payload,
        provider_reference, amount, currency
    ));

    insert into public.payment_events (provider, event_id, event_type, reported, reported_currency, content_digest, payload)
    values (
        record_payment_event.provider, record_payment_event.event_id, record_payment_event.event_type,
        record_payment_event.amount, record_payment_event.currency, content_digest, record_payment_event.payload
    )
    on conflict on constraint payment_events_provider_event_unique do nothing
    returning payment_events.id into stored_id;
    if stored_id is null then
        return private.repeated_event(provider, event_id, content_digest);
    end if;

    -- Which order, and then again under its lock: it may have changed while that was waited for.
    select orders.*
    into due
    from public.orders
    where orders.id = coalesce(
        (
            select payments.order_id
            from public.payments
            where payments.provider = record_payment_event.provider
                and payments.provider_reference = record_payment_event.provider_reference
        ),
        record_payment_event.order_id,
        (
            select named.id
            from public.orders as named
            where named.order_number = record_payment_event.order_number
        )
    );
    select orders.*
    into due
    from public.orders
    where orders.id = due.id
    for no key update;
    payment := private.payment_of_event(due.id, record_payment_event.provider, record_payment_event.provider_reference);

    if record_payment_event.outcome = 'ignored' then
        booked := 'ignored';
    elsif due.id is null then
        booked := 'unknown_order';
    elsif payment.order_id <> due.id
        or due.id <> record_payment_event.order_id
        or due.order_number <> record_payment_event.order_number then
        booked := 'mismatch';
    elsif record_payment_event.outcome <> 'paid' then
        booked := private.fail_payment(due, payment, record_payment_event.outcome);
    elsif record_payment_event.amount is distinct from due.total
        or upper(record_payment_event.currency) is distinct from upper(due.currency) then
        booked := 'mismatch';
    elsif due.total = 0
        or private.is_paid(payment.status) and payment.provider_reference = record_payment_event.provider_reference then
        booked := 'ignored';
    else
        select received.payment_id, received.result
        into paid_id, booked
        from private.receive_payment(
            due, payment, record_payment_event.provider, record_payment_event.provider_reference
        ) as received;
    end if;

    update public.payment_events
    set result = booked,
        order_id = due.id,
        payment_id = coalesce(paid_id, payment.id),
        processed_at = now()
    where payment_events.id = stored_id;

    if booked in ('mismatch', 'refund_due')
        or booked = 'unknown_order' and record_payment_event.outcome = 'paid' then
        perform private.payment_event_alerts(booked, jsonb_build_object(
            'order_id', due.id,
            'payment_id', coalesce(paid_id, payment.id),
            'provider', record_payment_event.provider,
            'event_id', record_payment_event.event_id,
            'amount', record_payment_event.amount,
            'currency', record_payment_event.currency,
            'due_amount', due.total,
            'due_currency', due.currency
        ));
    end if;
    return private.payment_event_answer(booked, due.id);
exception
    -- unique_violation: the reference was stored for another payment meanwhile. The next report will find it there.
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled or unique_violation then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.record_payment_event to service_role;
