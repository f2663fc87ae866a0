-- The first reference stays, so that of two simultaneous attempts both learn the one that won.
create function private.set_payment_reference(payment_id uuid, provider_reference text, url text, replaces text)
    returns jsonb
    security definer
    set search_path = ''
    set lock_timeout = '2500ms'
    language plpgsql
    as $$
declare
    stored public.payments;
begin
    perform private.raise_invalid(jsonb_build_object(
        'payment_id', case when set_payment_reference.payment_id is null then '["required"]'::jsonb end,
        'provider_reference', case
            when set_payment_reference.provider_reference = '' then '["required"]'::jsonb
            else private.text_fault(set_payment_reference.provider_reference, 255)
        end,
        'url', case
            when char_length(set_payment_reference.url) > 2048 then '["too_long", 2048]'::jsonb
            when set_payment_reference.url !~ '^https?://[!-~]+$' then '["not_url"]'
        end
    ));

    -- The order before its payments, like everyone.
    perform orders.id
    from public.orders
    inner join public.payments on payments.order_id = orders.id
    where payments.id = set_payment_reference.payment_id
    for no key update of orders;
    if not found then
        perform private.raise_error('not_found', 'There is no such payment.');
    end if;

    update public.payments
    set provider_reference = coalesce(set_payment_reference.provider_reference, payments.provider_reference),
        url = case
            when payments.provider_reference <> set_payment_reference.provider_reference then set_payment_reference.url
            else coalesce(set_payment_reference.url, payments.url)
        end
    where payments.id = set_payment_reference.payment_id
        and not private.is_paid(payments.status)
        and (
            set_payment_reference.provider_reference is null
            or payments.provider_reference is null
            or payments.provider_reference in (set_payment_reference.replaces, set_payment_reference.provider_reference)
        )
    returning * into stored;

    if stored.provider = 'stripe' then
        update public.orders
        set payment_intent_id = stored.provider_reference
        where orders.id = stored.order_id
            and orders.payment_intent_id is distinct from stored.provider_reference;
    end if;
    return private.payment_document(set_payment_reference.payment_id);
exception
    when unique_violation then
        perform private.raise_invalid('{"provider_reference": ["taken", {"reason": "belongs to another payment"}]}');
        return null;
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.set_payment_reference to service_role;
