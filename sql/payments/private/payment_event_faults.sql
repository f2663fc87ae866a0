-- What is wrong with an event as record_payment_event was sent it; {} when nothing is.
create function private.payment_event_faults(
    provider text,
    event_id text,
    event_type text,
    outcome text,
    payload jsonb,
    provider_reference text
)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return jsonb_strip_nulls(jsonb_build_object(
        'provider', case
            when payment_event_faults.provider is null then 'is required'
            when payment_event_faults.provider not in ('payment_link', 'stripe') then 'is not one of payment_link, stripe'
        end,
        'event_id', private.text_fault(payment_event_faults.event_id, 255, required => true),
        'event_type', private.text_fault(payment_event_faults.event_type, 100, required => true),
        'outcome', case
            when payment_event_faults.outcome is null then 'is required'
            when payment_event_faults.outcome not in ('paid', 'failed', 'cancelled', 'ignored')
                then 'is not one of paid, failed, cancelled, ignored'
        end,
        'payload', case
            when payment_event_faults.payload is null then 'is required'
            when jsonb_typeof(payment_event_faults.payload) <> 'object' then 'must be an object'
        end,
        'provider_reference', case
            when payment_event_faults.provider_reference = '' then 'must not be empty'
            else private.text_fault(payment_event_faults.provider_reference, 255)
        end
    ));
end;
$$;
