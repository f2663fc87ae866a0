create function private.start_payment(order_id uuid, provider text, user_id uuid, guest_token text)
    returns jsonb
    security definer
    set search_path = ''
    set lock_timeout = '2500ms'
    language plpgsql
    as $$
declare
    opened uuid;
    due public.orders;
    short jsonb;
    open_payment uuid;
    ends_at timestamptz;
begin
    perform private.raise_invalid(jsonb_build_object(
        'order_id', case when start_payment.order_id is null then '["required"]'::jsonb end,
        'provider', case
            when start_payment.provider is null then '["required"]'::jsonb
            when start_payment.provider not in ('payment_link', 'stripe') then '["one_of", "payment_link", "stripe"]'
        end
    ));
    opened := private.open_payable_order(start_payment.order_id, start_payment.user_id, start_payment.guest_token);
    if opened is null then
        return null;
    end if;

    select *
    into due
    from public.orders
    where orders.id = opened
    for no key update;

    if due.payment_method <> start_payment.provider then
        perform private.raise_error('payment_method_unavailable', 'The order is paid in another way.');
    end if;
    if private.is_paid(due.payment_status) or due.total = 0 then
        perform private.raise_error('already_paid');
    end if;
    if due.status in ('cancelled', 'refunded') then
        perform private.raise_error(
            'invalid_transition',
            'The order is not to be paid any more.',
            jsonb_build_object('status', due.status)
        );
    end if;
    if start_payment.provider = 'payment_link' and private.setting_text('payment_link.template') is null then
        perform private.raise_error(
            'payment_method_unavailable',
            'No payment page is set up.',
            hint => 'An admin sets payment_link.template.'
        );
    end if;
    if due.status = 'pending' then
        short := private.lost_stock(opened);
        if short is not null then
            perform private.raise_error('out_of_stock', details => short);
        end if;
    end if;

    update public.orders
    set payment_status = 'pending'
    where orders.id = opened and orders.payment_status = 'failed';

    select payments.id
    into open_payment
    from public.payments
    where payments.order_id = opened
        and payments.provider = start_payment.provider
        and payments.status in ('pending', 'failed')
    order by payments.created_at desc, payments.id
    limit 1;

    if open_payment is null then
        insert into public.payments (order_id, provider, amount, currency)
        values (opened, start_payment.provider, due.total, due.currency)
        returning payments.id into open_payment;
    else
        update public.payments
        set status = 'pending'
        where payments.id = open_payment and payments.status = 'failed';
    end if;

    -- Whole seconds, as links carry them. An url made for the time before is of no use.
    update public.payments
    set expires_at = date_trunc('second', now() + make_interval(hours => private.setting_int('payment_link.valid_hours'))),
        url = null
    where payments.id = open_payment
        and payments.provider = 'payment_link'
        and (payments.expires_at is null or payments.expires_at <= now());

    -- Once: whoever asks again and again does not keep the units from others for good.
    if due.status = 'pending' and not exists (
        select
        from public.payments
        where payments.order_id = opened and payments.held_until is not null
    ) then
        update public.payments
        set held_until = coalesce(
            payments.expires_at,
            now() + make_interval(mins => private.setting_int('checkout.online_hold_minutes'))
        )
        where payments.id = open_payment
        returning payments.held_until into ends_at;
        perform private.extend_hold(opened, ends_at);
    end if;

    return private.payment_document(open_payment);
exception
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.start_payment to service_role;
