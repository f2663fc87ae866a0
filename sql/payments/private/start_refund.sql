-- Begins to give money back; the caller has found who may. amount null: all that is left of the payment. A payment that the
-- provider can give back itself is pending until it has; other money is in a person's hands, who gave it.
create function private.start_refund(
    payment_id uuid,
    amount numeric default null,
    reason text default null,
    restock boolean default false,
    created_by uuid default private.caller_id()
)
    returns public.refunds
    set search_path = ''
    language plpgsql
    as $$
declare
    payment public.payments;
    decimals integer;
    left_over numeric;
    started public.refunds;
begin
    -- The order before its payments, like everyone.
    perform orders.id
    from public.orders
    inner join public.payments on payments.order_id = orders.id
    where payments.id = start_refund.payment_id
    for no key update of orders;
    if not found then
        perform private.raise_error('not_found', 'There is no such payment.');
    end if;
    select *
    into payment
    from public.payments
    where payments.id = start_refund.payment_id;

    decimals := private.currency_decimals(payment.currency);
    left_over := case when private.is_paid(payment.status) then payment.amount - payment.refunded_amount else 0 end;
    perform private.raise_invalid(jsonb_build_object(
        'amount', case
            when start_refund.amount = 'NaN' then '["not_number"]'::jsonb
            when start_refund.amount <= 0 then jsonb_build_array('below', round(power(10::numeric, -decimals), decimals))
            when scale(trim_scale(start_refund.amount)) > decimals then jsonb_build_array('decimals', decimals)
            when left_over = 0 or start_refund.amount > left_over then jsonb_build_array(
                'above',
                left_over,
                jsonb_build_object('reason', format('must be at most %s: no more is left of what was paid', left_over))
            )
        end,
        'reason', private.text_fault(start_refund.reason, 500, multiline => true)
    ));

    insert into public.refunds (payment_id, amount, reason, restock, created_by, status)
    values (
        payment.id,
        coalesce(start_refund.amount, left_over),
        nullif(btrim(start_refund.reason), ''),
        coalesce(start_refund.restock, false),
        start_refund.created_by,
        case when payment.provider = 'stripe' and payment.provider_reference is not null then 'pending' else 'succeeded' end
    )
    returning * into started;
    return started;
end;
$$;
