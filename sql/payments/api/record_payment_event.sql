create function public.record_payment_event(
    provider text,
    event_id text,
    event_type text,
    outcome text,
    payload jsonb,
    order_id uuid default null,
    order_number text default null,
    provider_reference text default null,
    amount numeric default null,
    currency text default null
)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.record_payment_event(
        provider, event_id, event_type, outcome, payload, order_id, order_number, provider_reference, amount, currency
    );
end;
$$;
comment on function public.record_payment_event is
    'For the edge: books what payment_link or stripe reported, once for each event_id, after its signature was verified. outcome: paid, failed, cancelled or ignored; the payment is found by provider_reference, else by the order; amount is in currency. Paying confirms a pending order. Returns {result, order_id, order_status, payment_status}; result is duplicate, paid, failed, ignored, unknown_order, mismatch (amount, currency or order is not what is due; nothing is paid) or refund_due (the money is booked, but the order is cancelled, sold out or paid already). A refusal repeated is the same refusal. Errors: invalid_input, idempotency_conflict (event_id was reported with other content), busy: report again.';
grant execute on function public.record_payment_event to service_role;
