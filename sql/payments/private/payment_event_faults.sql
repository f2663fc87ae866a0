-- What is wrong with an event as a provider's report of it came, of whatever kind: the fault of each field, null where there
-- is none. outcomes: those there are.
create function private.payment_event_faults(
    provider text,
    event_id text,
    event_type text,
    outcome text,
    outcomes text[],
    payload jsonb,
    provider_reference text,
    amount numeric,
    currency text
)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    decimals integer := private.currency_decimals(upper(payment_event_faults.currency));
begin
    return jsonb_build_object(
        'provider', case
            when payment_event_faults.provider is null then '["required"]'::jsonb
            when payment_event_faults.provider not in ('payment_link', 'stripe') then '["one_of", "payment_link", "stripe"]'
        end,
        'event_id', private.text_fault(payment_event_faults.event_id, 255, required => true),
        'event_type', private.text_fault(payment_event_faults.event_type, 100, required => true),
        'outcome', case
            when payment_event_faults.outcome is null then '["required"]'::jsonb
            when payment_event_faults.outcome <> all(payment_event_faults.outcomes)
                then '["one_of"]'::jsonb || to_jsonb(payment_event_faults.outcomes)
        end,
        'payload', case
            when payment_event_faults.payload is null then '["required"]'::jsonb
            when jsonb_typeof(payment_event_faults.payload) <> 'object' then '["not_object"]'
        end,
        'provider_reference', case
            when payment_event_faults.provider_reference = '' then '["required"]'::jsonb
            else private.text_fault(payment_event_faults.provider_reference, 255)
        end,
        'amount', case
            when scale(trim_scale(payment_event_faults.amount)) > decimals then jsonb_build_array('decimals', decimals)
        end
    );
end;
$$;
