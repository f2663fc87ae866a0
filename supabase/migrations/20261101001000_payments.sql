-- Composed from sql/payments by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/payments/payments.sql

create table public.payments (
    id uuid primary key default gen_random_uuid(),
    order_id uuid not null references public.orders on delete restrict,
    provider text not null,
    amount numeric(10, 2) not null,
    currency text not null,
    status text not null default 'pending',
    provider_reference text,
    url text,
    expires_at timestamptz,
    paid_at timestamptz,
    refund_due_at timestamptz,
    refund_due_reason text,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint payments_provider_known check (provider in ('cod', 'payment_link', 'stripe')),
    constraint payments_provider_reference_unique unique (provider, provider_reference),
    constraint payments_amount_not_negative check (amount >= 0),
    constraint payments_status_known check (
        status in ('pending', 'paid', 'failed', 'cancelled', 'refunded', 'partially_refunded')
    ),
    constraint payments_paid_has_time check (status not in ('paid', 'refunded', 'partially_refunded') or paid_at is not null),
    constraint payments_refund_due_reason_known check (
        refund_due_reason in ('order_cancelled', 'out_of_stock', 'already_paid')
    ),
    constraint payments_refund_due_has_reason check ((refund_due_at is null) = (refund_due_reason is null))
);
create index payments_order_id_idx on public.payments (order_id);
create index payments_refund_due_at_idx on public.payments (refund_due_at) where refund_due_at is not null;

comment on table public.payments is 'How orders are paid. Customers read their own; only checkout and the payment providers write.';
comment on column public.payments.provider is 'cod | payment_link | stripe.';
comment on column public.payments.amount is 'In currency, tax included.';
comment on column public.payments.provider_reference is 'The provider''s own id of the payment, once per provider.';
comment on column public.payments.url is 'Where the customer pays, for a payment link.';
comment on column public.payments.expires_at is 'Until when a payment link can be used.';
comment on column public.payments.refund_due_at is
    'Since when this money is to be given back: it came in, and the order can''t keep it. Admins see it and refund it; what has been given back is in refunds.';
comment on column public.payments.refund_due_reason is
    'order_cancelled | out_of_stock (sold out before the money came; the order was cancelled) | already_paid (the order had been paid before).';

-- sql/payments/payment_events.sql

create table public.payment_events (
    id uuid primary key default gen_random_uuid(),
    provider text not null,
    event_id text not null,
    payment_id uuid references public.payments on delete restrict,
    event_type text not null,
    payload jsonb not null,
    result text,
    processed_at timestamptz,
    created_at timestamptz not null default now(),
    constraint payment_events_provider_known check (provider in ('cod', 'payment_link', 'stripe')),
    constraint payment_events_provider_event_unique unique (provider, event_id),
    constraint payment_events_result_known check (
        result in ('paid', 'failed', 'ignored', 'unknown_order', 'mismatch', 'refund_due')
    ),
    constraint payment_events_processed_with_result check ((processed_at is null) = (result is null))
);
create index payment_events_payment_id_idx on public.payment_events (payment_id);

comment on table public.payment_events is 'What payment providers reported, each event once. Admins only.';
comment on column public.payment_events.event_type is 'In the provider''s own words.';
comment on column public.payment_events.result is
    'What it led to: paid; failed (or given up); ignored (nothing to do, or too late); unknown_order; mismatch (amount, currency or reference is not what is due: nothing was marked paid); refund_due (the order can''t keep the money: see payments.refund_due_reason).';

-- sql/payments/refunds.sql

create table public.refunds (
    id uuid primary key default gen_random_uuid(),
    payment_id uuid not null references public.payments on delete restrict,
    order_id uuid not null references public.orders on delete restrict,
    amount numeric(10, 2) not null,
    reason text,
    restock boolean not null default false,
    created_by uuid references auth.users on delete set null,
    created_at timestamptz not null default now(),
    constraint refunds_amount_positive check (amount > 0),
    constraint refunds_reason_text check (char_length(reason) <= 500 and private.is_plain_text(reason, multiline => true))
);
create index refunds_payment_id_idx on public.refunds (payment_id);
create index refunds_order_id_idx on public.refunds (order_id);
create index refunds_created_by_idx on public.refunds (created_by) where created_by is not null;

comment on table public.refunds is 'Money given back. Customers read their own.';
comment on column public.refunds.amount is 'In the payment''s currency.';
comment on column public.refunds.restock is 'Whether the goods went back on sale.';

-- sql/payments/private/is_paid.sql

-- Whether money has come in: for the status of a payment and for the payment_status of an order.
create function private.is_paid(status text)
    returns boolean
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return is_paid.status in ('paid', 'partially_refunded', 'refunded');
end;
$$;

-- sql/payments/private/mark_refund_due.sql

-- Marks money that its order can't keep, and tells the admins. amount in the message: what of it has not been given back.
create function private.mark_refund_due(payment_id uuid, reason text)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    marked public.payments;
begin
    update public.payments
    set refund_due_at = now(),
        refund_due_reason = mark_refund_due.reason
    where payments.id = mark_refund_due.payment_id
    returning * into marked;

    perform private.enqueue('payment.refund_due', jsonb_build_object(
        'order_id', marked.order_id,
        'payment_id', marked.id,
        'amount', marked.amount - coalesce((
            select sum(refunds.amount)
            from public.refunds
            where refunds.payment_id = marked.id
        ), 0),
        'reason', marked.refund_due_reason
    ));
end;
$$;

-- sql/payments/private/payment_document.sql

-- A payment as start_payment and set_payment_reference return it; null when there is none.
create function private.payment_document(payment_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select jsonb_build_object(
            'payment_id', payments.id,
            'order_id', payments.order_id,
            'order_number', orders.order_number,
            'provider', payments.provider,
            'amount', payments.amount,
            'currency', payments.currency,
            'status', payments.status,
            'provider_reference', payments.provider_reference,
            'expires_at', payments.expires_at,
            'url', payments.url
        )
        from public.payments
        inner join public.orders on orders.id = payments.order_id
        where payments.id = payment_document.payment_id
    );
end;
$$;

-- sql/payments/private/lost_stock.sql

-- What a pending order no longer holds and could not take again now, as the details of out_of_stock; null when nothing.
-- A forecast, made before any lock: sell_stock has the last word.
create function private.lost_stock(order_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select jsonb_agg(
            jsonb_build_object(
                'product_id', lost.product_id,
                'requested', lost.quantity,
                'available', lost.available
            )
            order by lost.product_id
        )
        from (
            select
                stock_reservations.product_id,
                stock_reservations.quantity,
                private.available_stock(stock_reservations.product_id) as available
            from public.stock_reservations
            where stock_reservations.order_id = lost_stock.order_id
                and stock_reservations.status = 'released'
        ) as lost
        where lost.available < lost.quantity
    );
end;
$$;

-- sql/payments/private/open_payable_order.sql

-- The order that a customer may pay: their own, or the one that the guest token opens. Null otherwise, and counted where
-- a token was tried.
create function private.open_payable_order(order_id uuid, user_id uuid, guest_token text)
    returns uuid
    set search_path = ''
    language plpgsql
    as $$
begin
    if exists (
        select
        from public.orders
        where orders.id = open_payable_order.order_id and orders.user_id = open_payable_order.user_id
    ) then
        return open_payable_order.order_id;
    end if;
    if open_payable_order.guest_token is null then
        return null;
    end if;
    return private.open_with_guest_token(
        open_payable_order.order_id,
        open_payable_order.guest_token,
        jsonb_build_object('order_id', open_payable_order.order_id)
    );
end;
$$;

-- sql/payments/private/start_payment.sql

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
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'order_id', case when start_payment.order_id is null then 'is required' end,
        'provider', case
            when start_payment.provider is null then 'is required'
            when start_payment.provider not in ('payment_link', 'stripe') then 'is not one of payment_link, stripe'
        end
    )));
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

    return private.payment_document(open_payment);
exception
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.start_payment to service_role;

-- sql/payments/private/set_payment_reference.sql

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
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'payment_id', case when set_payment_reference.payment_id is null then 'is required' end,
        'provider_reference', case
            when set_payment_reference.provider_reference = '' then 'must not be empty'
            else private.text_fault(set_payment_reference.provider_reference, 255)
        end,
        'url', case
            when char_length(set_payment_reference.url) > 2048 then 'is too long (at most 2048 characters)'
            when set_payment_reference.url !~ '^https?://[!-~]+$' then 'is not a URL'
        end
    )));

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
        perform private.raise_invalid('{"provider_reference": "belongs to another payment"}');
        return null;
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.set_payment_reference to service_role;

-- sql/payments/private/payment_link_target.sql

-- Where a payment link leads to, and whether it still does.
create function private.payment_link_target(payment_id uuid)
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    template text := private.setting_text('payment_link.template');
begin
    return (
        select jsonb_build_object(
            'order_number', orders.order_number,
            'amount', payments.amount,
            'currency', payments.currency,
            'expires', floor(extract(epoch from payments.expires_at))::bigint,
            'template', template,
            'status', case
                when orders.status in ('cancelled', 'refunded') then 'closed'
                when private.is_paid(orders.payment_status) then 'paid'
                when payments.status not in ('pending', 'failed') or template is null then 'closed'
                when payments.expires_at > now() then 'open'
                else 'expired'
            end
        )
        from public.payments
        inner join public.orders on orders.id = payments.order_id
        where payments.id = payment_link_target.payment_id
            and payments.provider = 'payment_link'
    );
end;
$$;
grant execute on function private.payment_link_target to service_role;

-- sql/payments/private/payment_of_event.sql

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

-- sql/payments/private/receive_payment.sql

-- Books money that came in for an order, whose row the caller has locked. Whatever becomes of the order, the money is
-- kept in the books: as its payment, or marked to be given back. payment: the one it is for, if known.
create function private.receive_payment(
    due public.orders,
    payment public.payments,
    provider text,
    provider_reference text,
    out payment_id uuid,
    out result text
)
    set search_path = ''
    language plpgsql
    as $$
begin
    if payment.id is null or private.is_paid(payment.status) then
        insert into public.payments (order_id, provider, amount, currency, status, paid_at, provider_reference)
        values (
            due.id, receive_payment.provider, due.total, due.currency, 'paid', now(),
            receive_payment.provider_reference
        )
        returning payments.id into payment_id;
    else
        payment_id := payment.id;
        update public.payments
        set status = 'paid',
            paid_at = now(),
            provider_reference = coalesce(receive_payment.provider_reference, payments.provider_reference)
        where payments.id = payment.id;
    end if;
    result := 'refund_due';

    if private.is_paid(due.payment_status) then
        perform private.mark_refund_due(
            payment_id,
            case when due.status in ('cancelled', 'refunded') then 'order_cancelled' else 'already_paid' end
        );
        return;
    end if;

    update public.orders
    set payment_status = 'paid',
        payment_intent_id = case
            when receive_payment.provider = 'stripe' then coalesce(receive_payment.provider_reference, orders.payment_intent_id)
            else orders.payment_intent_id
        end
    where orders.id = due.id;
    update public.payments
    set status = 'cancelled'
    where payments.order_id = due.id
        and payments.id <> receive_payment.payment_id
        and payments.status in ('pending', 'failed');

    if due.status in ('cancelled', 'refunded') then
        perform private.mark_refund_due(payment_id, 'order_cancelled');
        return;
    end if;
    if due.status <> 'pending' then
        -- No status moves, so no message of one says it.
        perform private.enqueue('payment.paid', jsonb_build_object('order_id', due.id, 'payment_id', payment_id));
        result := 'paid';
        return;
    end if;

    begin
        perform private.move_order(due.id, 'confirmed');
        result := 'paid';
    exception
        when sqlstate 'PGRST' then
            -- Anything else passes: the provider will report again.
            if sqlerrm::jsonb ->> 'code' <> 'out_of_stock' then
                raise;
            end if;
    end;
    if result = 'refund_due' then
        perform private.mark_refund_due(payment_id, 'out_of_stock');
        perform private.move_order(due.id, 'cancelled', 'Sold out before the payment arrived. The payment will be refunded.');
    end if;
end;
$$;

-- sql/payments/private/fail_payment.sql

-- Books that a payment came to nothing: status is failed (it may be tried again) or cancelled. Money that came in stays.
-- The caller has locked the order's row.
create function private.fail_payment(due public.orders, payment public.payments, status text)
    returns text
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.is_paid(due.payment_status) then
        return 'ignored';
    end if;

    update public.payments
    set status = fail_payment.status
    where payments.id = payment.id
        and (payments.status = 'pending' or (payments.status = 'failed' and fail_payment.status = 'cancelled'));
    if not found then
        return 'ignored';
    end if;

    update public.orders
    set payment_status = 'failed'
    where orders.id = due.id and orders.payment_status = 'pending';
    return 'failed';
end;
$$;

-- sql/payments/private/payment_event_faults.sql

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

-- sql/payments/private/payment_event_alerts.sql

-- Tells the admins about an event that needs a person: money that is not what is due, that can't be kept, or that nobody
-- can place.
create function private.payment_event_alerts(result text, details jsonb)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.log_security_event(
        'payment_' || payment_event_alerts.result,
        case payment_event_alerts.result when 'unknown_order' then 'warning' else 'critical' end,
        payment_event_alerts.details
    );
    if payment_event_alerts.result = 'mismatch' then
        perform private.enqueue('payment.mismatch', payment_event_alerts.details);
    end if;
end;
$$;

-- sql/payments/private/payment_event_answer.sql

-- What record_payment_event returns; the order's part is null when there is no such order.
create function private.payment_event_answer(result text, order_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select jsonb_build_object(
            'result', payment_event_answer.result,
            'order_id', orders.id,
            'order_status', orders.status,
            'payment_status', orders.payment_status
        )
        from (values (payment_event_answer.order_id)) as asked (id)
        left join public.orders on orders.id = asked.id
    );
end;
$$;

-- sql/payments/private/record_payment_event.sql

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
    stored_id uuid;
    due public.orders;
    payment public.payments;
    paid_id uuid;
    booked text;
begin
    perform private.raise_invalid(private.payment_event_faults(
        provider, event_id, event_type, outcome, payload, provider_reference
    ));

    insert into public.payment_events (provider, event_id, event_type, payload)
    values (
        record_payment_event.provider, record_payment_event.event_id, record_payment_event.event_type,
        record_payment_event.payload
    )
    on conflict on constraint payment_events_provider_event_unique do nothing
    returning payment_events.id into stored_id;

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
    if stored_id is null then
        return private.payment_event_answer('duplicate', due.id);
    end if;

    -- Read again under the lock: both may have changed while it was waited for.
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

-- sql/payments/triggers.sql

create trigger set_updated_at
    before update on public.payments
    for each row execute function private.set_updated_at();

-- Money that came in does not un-happen; it is given back, through refunds.
create function private.keep_paid()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.is_paid(old.status) and not private.is_paid(new.status) then
        perform private.raise_error(
            'invalid_transition',
            'A payment that was made stays made.',
            jsonb_build_object('from', old.status, 'to', new.status)
        );
    end if;
    return new;
end;
$$;

create trigger keep_paid
    before update of status on public.payments
    for each row execute function private.keep_paid();

-- sql/payments/access.sql

alter table public.payments enable row level security;
alter table public.payment_events enable row level security;
alter table public.refunds enable row level security;

grant select on public.payments to authenticated, service_role;
grant select on public.payment_events to authenticated, service_role;
grant select on public.refunds to authenticated, service_role;

create policy "customers read their payments, admins all" on public.payments
    for select to authenticated
    using (
        order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid())))
        or id between (select private.if_admin('00000000-0000-0000-0000-000000000000'::uuid))
            and (select private.if_admin('ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
    );

create policy "admins read payment events" on public.payment_events
    for select to authenticated
    using ((select private.is_admin()));

create policy "customers read their refunds, admins all" on public.refunds
    for select to authenticated
    using (
        order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid())))
        or id between (select private.if_admin('00000000-0000-0000-0000-000000000000'::uuid))
            and (select private.if_admin('ffffffff-ffff-ffff-ffff-ffffffffffff'::uuid))
    );

-- sql/payments/api/start_payment.sql

create function public.start_payment(
    order_id uuid,
    provider text,
    user_id uuid default null,
    guest_token text default null
)
    returns jsonb
    set search_path = ''
    language sql
    as $$
    select private.start_payment(order_id, provider, user_id, guest_token);
$$;
comment on function public.start_payment is
    'For the edge: the payment with which a customer pays an order now, by payment_link or stripe. Whose order it is shows user_id (of a verified token) or guest_token; null when it is not theirs, a wrong token being counted. Repeating it returns the same payment; one that failed is opened again, one that was given up is followed by another, and a link that has expired gets new time (payment_link.valid_hours). Returns {payment_id, order_id, order_number, provider, amount, currency, status, provider_reference, expires_at, url}. Errors: invalid_input, payment_method_unavailable (the order is paid in another way, or payment_link.template is not set), already_paid, invalid_transition (details: {status}), out_of_stock (the hold has lapsed and the units are gone), rate_limited, busy.';
grant execute on function public.start_payment to service_role;

-- sql/payments/api/set_payment_reference.sql

create function public.set_payment_reference(
    payment_id uuid,
    provider_reference text default null,
    url text default null,
    replaces text default null
)
    returns jsonb
    set search_path = ''
    language sql
    as $$
    select private.set_payment_reference(payment_id, provider_reference, url, replaces);
$$;
comment on function public.set_payment_reference is
    'For the edge: stores the provider''s id of a payment that is not paid, and where the customer pays. Only where it has none yet, the same, or the one that is said to be replaced; whatever is stored then is returned, as start_payment does. Errors: invalid_input (also when the id belongs to another payment), not_found, busy.';
grant execute on function public.set_payment_reference to service_role;

-- sql/payments/api/payment_link_target.sql

create function public.payment_link_target(payment_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    select private.payment_link_target(payment_id);
$$;
comment on function public.payment_link_target is
    'For the edge: what a payment link leads to, {order_number, amount, currency, expires (Unix seconds), template (payment_link.template), status: open, expired, paid or closed}; null when there is no such payment link.';
grant execute on function public.payment_link_target to service_role;

-- sql/payments/api/record_payment_event.sql

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
    language sql
    as $$
    select private.record_payment_event(
        provider, event_id, event_type, outcome, payload, order_id, order_number, provider_reference, amount, currency
    );
$$;
comment on function public.record_payment_event is
    'For the edge: books what payment_link or stripe reported, once for each event_id, after its signature was verified. outcome: paid, failed, cancelled or ignored; the payment is found by provider_reference, else by the order; amount is in currency, as numeric(10,2). Paying confirms a pending order. Returns {result, order_id, order_status, payment_status}; result is duplicate, paid, failed, ignored, unknown_order, mismatch (amount, currency or order is not what is due; nothing is paid) or refund_due (the money is booked, but the order is cancelled, sold out or paid already). Errors: invalid_input, busy: report again.';
grant execute on function public.record_payment_event to service_role;
