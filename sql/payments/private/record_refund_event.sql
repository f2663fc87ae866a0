-- What a provider reports about money that went back or is disputed, booked once. Locks as in record_payment_event.
create function private.record_refund_event(
    provider text,
    event_id text,
    event_type text,
    outcome text,
    payload jsonb,
    provider_reference text,
    refund_reference text,
    amount numeric,
    currency text,
    refund_id uuid,
    reason text,
    error text
)
    returns jsonb
    security definer
    set search_path = ''
    set lock_timeout = '2500ms'
    language plpgsql
    as $$
declare
    content_digest bytea := sha256(convert_to(jsonb_build_array(
        outcome, provider_reference, refund_reference, refund_id, trim_scale(amount)::text, upper(currency)
    )::text, 'UTF8'));
    stored_id uuid;
    due_id uuid;
    payment public.payments;
    booked text;
begin
    perform private.raise_invalid(
        private.payment_event_faults(
            provider, event_id, event_type, outcome,
            array['pending', 'succeeded', 'failed', 'total', 'disputed', 'dispute_won', 'dispute_lost'], payload,
            coalesce(provider_reference, ''), amount, currency
        )
        || jsonb_build_object(
            'refund_reference', private.text_fault(record_refund_event.refund_reference, 200, required => true),
            'reason', private.text_fault(record_refund_event.reason, 500, multiline => true)
        )
    );

    insert into public.payment_events (provider, event_id, event_type, reported, reported_currency, content_digest, payload)
    values (
        record_refund_event.provider, record_refund_event.event_id, record_refund_event.event_type,
        record_refund_event.amount, record_refund_event.currency, content_digest, record_refund_event.payload
    )
    on conflict on constraint payment_events_provider_event_unique do nothing
    returning payment_events.id into stored_id;
    if stored_id is null then
        return private.repeated_event(provider, event_id, content_digest);
    end if;

    select orders.id
    into due_id
    from public.orders
    inner join public.payments on payments.order_id = orders.id
    where payments.provider = record_refund_event.provider
        and payments.provider_reference = record_refund_event.provider_reference
    for no key update of orders;
    select payments.*
    into payment
    from public.payments
    where payments.provider = record_refund_event.provider
        and payments.provider_reference = record_refund_event.provider_reference;

    -- News overtake each other: that the money came is still on its way, unless it came and could not be booked.
    if not private.is_paid(payment.status)
        and record_refund_event.outcome not in ('disputed', 'dispute_won')
        and not exists (
            select
            from public.payment_events
            where payment_events.payment_id = payment.id and payment_events.result = 'mismatch'
        ) then
        perform private.raise_error('busy', 'The payment has not been reported yet. Report this again after it.');
    end if;

    begin
        booked := case
            when payment.id is null then 'unknown_order'
            when record_refund_event.outcome in ('disputed', 'dispute_won') then record_refund_event.outcome
            when not private.is_paid(payment.status)
                or record_refund_event.amount is null
                or record_refund_event.amount <= 0
                or upper(record_refund_event.currency) is distinct from payment.currency then 'mismatch'
            when record_refund_event.outcome = 'total' then private.book_refunded_total(
                payment, record_refund_event.refund_reference, record_refund_event.amount
            )
            when record_refund_event.outcome = 'dispute_lost' then private.book_lost_dispute(
                payment, record_refund_event.refund_reference, record_refund_event.amount, record_refund_event.reason
            )
            else private.book_refund(
                payment, record_refund_event.outcome, record_refund_event.refund_reference, record_refund_event.refund_id,
                record_refund_event.amount, record_refund_event.reason, record_refund_event.error
            )
        end;
    exception
        -- More than was paid: see payments_refunded_amount_within_paid.
        when check_violation or numeric_value_out_of_range then
            booked := 'mismatch';
    end;

    update public.payment_events
    set result = booked,
        order_id = due_id,
        payment_id = payment.id,
        processed_at = now()
    where payment_events.id = stored_id;

    if booked in ('mismatch', 'disputed', 'dispute_won', 'dispute_lost') then
        perform private.payment_event_alerts(booked, jsonb_build_object(
            'order_id', due_id,
            'payment_id', payment.id,
            'provider', record_refund_event.provider,
            'event_id', record_refund_event.event_id,
            'provider_reference', record_refund_event.refund_reference,
            'amount', record_refund_event.amount,
            'currency', record_refund_event.currency,
            'reason', record_refund_event.reason
        ));
    end if;
    return private.payment_event_answer(booked, due_id);
exception
    -- unique_violation: the reference was stored meanwhile. The next report will find it.
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled or unique_violation then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.record_refund_event to service_role;
