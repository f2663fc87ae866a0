create function public.record_refund_event(
    provider text,
    event_id text,
    event_type text,
    outcome text,
    payload jsonb,
    provider_reference text,
    refund_reference text,
    amount numeric default null,
    currency text default null,
    refund_id uuid default null,
    reason text default null,
    error text default null
)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.record_refund_event(
        provider, event_id, event_type, outcome, payload, provider_reference, refund_reference, amount, currency, refund_id,
        reason, error
    );
end;
$$;
comment on function public.record_refund_event is
    'For the edge: books what stripe or payment_link reported about money that went back, once for each event_id, after its signature was verified. The payment is found by provider_reference. outcome: pending, succeeded or failed, of the refund refund_reference (refund_id: ours, where the provider names it); total: amount is all that was refunded of the charge refund_reference; disputed, dispute_won or dispute_lost, of the dispute refund_reference. Each refund and dispute is booked once, whatever comes first. Returns {result, order_id, order_status, payment_status}; result is duplicate, refunded, refund_pending, refund_failed, disputed, dispute_won, dispute_lost, ignored (known already), unknown_order or mismatch (of money that was not booked itself, in another currency, or more than was paid; nothing is booked). A refusal repeated is the same refusal. Errors: invalid_input, idempotency_conflict (event_id was reported with other content), busy: report again, also where the payment itself has not been reported.';
grant execute on function public.record_refund_event to service_role;
