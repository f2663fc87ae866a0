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
    refunded_amount numeric(10, 2) not null default 0,
    held_until timestamptz,
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
    constraint payments_refund_due_has_reason check ((refund_due_at is null) = (refund_due_reason is null)),
    constraint payments_refunded_amount_within_paid check (
        refunded_amount between 0 and case when paid_at is null then 0 else amount end
    )
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
    'Since when this money is to be given back: it came in, and the order can''t keep it. Admins see it and refund it; null again when all of it went back.';
comment on column public.payments.refund_due_reason is
    'order_cancelled | out_of_stock (sold out before the money came; the order was cancelled) | already_paid (the order had been paid before).';
comment on column public.payments.refunded_amount is
    'What has been given back of it or is on its way: its refunds that are pending or succeeded. Kept by trigger, and never more than was paid.';
comment on column public.payments.held_until is
    'Until when asking for this payment made the order hold its stock; null where it did not, because that happens once for an order.';

-- sql/payments/payment_events.sql

create table public.payment_events (
    id uuid primary key default gen_random_uuid(),
    provider text not null,
    event_id text not null,
    order_id uuid references public.orders on delete restrict,
    payment_id uuid references public.payments on delete restrict,
    event_type text not null,
    reported numeric,
    reported_currency text,
    content_digest bytea,
    payload jsonb not null,
    result text,
    processed_at timestamptz,
    created_at timestamptz not null default now(),
    constraint payment_events_provider_known check (provider in ('cod', 'payment_link', 'stripe')),
    constraint payment_events_provider_event_unique unique (provider, event_id),
    constraint payment_events_result_known check (
        result in (
            'paid', 'failed', 'ignored', 'unknown_order', 'mismatch', 'refund_due',
            'refunded', 'refund_pending', 'refund_failed', 'disputed', 'dispute_won', 'dispute_lost'
        )
    ),
    constraint payment_events_processed_with_result check ((processed_at is null) = (result is null))
);
create index payment_events_order_id_idx on public.payment_events (order_id) where order_id is not null;
create index payment_events_payment_id_idx on public.payment_events (payment_id) where payment_id is not null;
create index payment_events_mismatch_idx on public.payment_events (created_at) where result = 'mismatch';

comment on table public.payment_events is 'What payment providers reported, each event once. Admins only.';
comment on column public.payment_events.event_type is 'In the provider''s own words.';
comment on column public.payment_events.reported is 'The amount, as it was reported, in reported_currency.';
comment on column public.payment_events.content_digest is
    'SHA-256 of what was to be booked: an event that comes again with other content is another, and refused.';
comment on column public.payment_events.result is
    'What it led to: paid; failed (or given up); ignored (nothing to do, or too late); unknown_order; mismatch (amount, currency or reference is not what is due: nothing was booked); refund_due (the order can''t keep the money: see payments.refund_due_reason); refunded, refund_pending, refund_failed (money given back, see refunds); disputed, dispute_won, dispute_lost.';

-- sql/payments/refunds.sql

create table public.refunds (
    id uuid primary key default gen_random_uuid(),
    payment_id uuid not null references public.payments on delete restrict,
    order_id uuid not null references public.orders on delete restrict,
    provider text not null,
    amount numeric(10, 2) not null,
    reason text,
    restock boolean not null default false,
    status text not null default 'pending',
    provider_reference text,
    disputed boolean not null default false,
    error text,
    created_by uuid references auth.users on delete set null,
    settled_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint refunds_provider_reference_unique unique (provider, provider_reference),
    constraint refunds_amount_positive check (amount > 0),
    constraint refunds_status_known check (status in ('pending', 'succeeded', 'failed')),
    constraint refunds_settled_has_time check ((status = 'pending') = (settled_at is null)),
    constraint refunds_reason_text check (char_length(reason) <= 500 and private.is_plain_text(reason, multiline => true)),
    constraint refunds_error_length check (char_length(error) <= 500)
);
create index refunds_payment_id_idx on public.refunds (payment_id);
create index refunds_order_id_idx on public.refunds (order_id);
create index refunds_created_by_idx on public.refunds (created_by) where created_by is not null;
create index refunds_pending_idx on public.refunds (created_at) where status = 'pending';

comment on table public.refunds is 'Money given back. Customers read their own.';
comment on column public.refunds.order_id is 'The payment''s order, filled in.';
comment on column public.refunds.provider is 'The payment''s provider, filled in.';
comment on column public.refunds.amount is 'In the payment''s currency.';
comment on column public.refunds.restock is 'Whether the goods went back on sale.';
comment on column public.refunds.status is
    'pending (the provider has not made it yet) | succeeded | failed. What failed counts no more, and is tried again as another refund.';
comment on column public.refunds.provider_reference is
    'The provider''s own id of the refund or dispute, once per provider; null until it is known. Where the provider told no more than a charge''s total: total:<charge>:<that total>.';
comment on column public.refunds.disputed is 'The customer''s bank took it back: a dispute that was lost.';
comment on column public.refunds.error is 'Why it failed, in the provider''s words.';
comment on column public.refunds.settled_at is 'When it succeeded or failed.';

-- sql/payments/announced_methods.sql

-- What the edge said it has the keys of. It says so again and again, because nobody says when keys are taken away.
create table private.announced_methods (
    method text primary key,
    announced_at timestamptz not null default now()
);
comment on table private.announced_methods is
    'Ways to pay whose keys the edge has, and when it said so last: see private.payment_method_ready.';

-- sql/payments/private/payment_method_ready.sql

-- Whether a way to pay is set up, so that it can be offered. Cash always is; a link needs its template; Stripe an edge that
-- had its keys within the hour.
create function private.payment_method_ready(method text)
    returns boolean
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return case payment_method_ready.method
        when 'cod' then true
        when 'payment_link' then private.setting_text('payment_link.template') is not null
        else exists (
            select
            from private.announced_methods
            where announced_methods.method = payment_method_ready.method
                and announced_methods.announced_at > now() - interval '1 hour'
        )
    end;
end;
$$;

-- sql/payments/private/announce_payment_methods.sql

create function private.announce_payment_methods(methods text[])
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(jsonb_build_object(
        'methods', case
            when coalesce(cardinality(announce_payment_methods.methods), 0) = 0 then '["required"]'::jsonb
            when not announce_payment_methods.methods <@ array['stripe'] then '["one_of", "stripe"]'
        end
    ));

    -- Many edges may say it at once: one of them in a minute is enough.
    insert into private.announced_methods (method)
    select distinct said.method
    from unnest(announce_payment_methods.methods) as said (method)
    on conflict (method) do update
    set announced_at = now()
    where announced_methods.announced_at < now() - interval '1 minute';
end;
$$;
grant execute on function private.announce_payment_methods to service_role;

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
        'amount', marked.amount - marked.refunded_amount,
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

-- sql/payments/private/extend_hold.sql

-- Makes a pending order hold its units until then, at least; what had lapsed and was given back is taken again, or
-- out_of_stock. The caller has locked the order's row, and writes nothing after it but what is cold.
create function private.extend_hold(order_id uuid, until timestamptz)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    product_ids uuid[];
    retaken_ids uuid[];
    retaken_quantities integer[];
begin
    update public.orders
    set reservation_expires_at = extend_hold.until
    where orders.id = extend_hold.order_id
        and orders.reservation_expires_at < extend_hold.until;

    select array_agg(stock_reservations.product_id)
    into product_ids
    from public.stock_reservations
    where stock_reservations.order_id = extend_hold.order_id;

    perform private.lock_stock(product_ids);

    update public.stock_reservations
    set expires_at = extend_hold.until
    where stock_reservations.order_id = extend_hold.order_id
        and stock_reservations.status = 'active'
        and stock_reservations.expires_at < extend_hold.until;

    with retaken as (
        update public.stock_reservations
        set status = 'active',
            expires_at = extend_hold.until
        where stock_reservations.order_id = extend_hold.order_id
            and stock_reservations.status = 'released'
        returning stock_reservations.product_id, stock_reservations.quantity
    ),

    moved as (
        insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
        select retaken.product_id, -retaken.quantity, 'reserve', extend_hold.order_id, private.caller_id()
        from retaken
    )

    select array_agg(retaken.product_id order by retaken.product_id), array_agg(retaken.quantity order by retaken.product_id)
    into retaken_ids, retaken_quantities
    from retaken;

    if retaken_ids is not null then
        perform private.take_stock(retaken_ids, retaken_quantities);
    end if;
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
            'email', coalesce(orders.guest_email, users.email),
            'language', orders.language,
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
        left join auth.users on users.id = orders.user_id
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

-- sql/payments/private/payment_event_alerts.sql

-- Tells the admins about an event that needs a person: money that is not what is due, that can't be kept, that nobody can
-- place, or that the customer's bank wants back.
create function private.payment_event_alerts(result text, details jsonb)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.log_security_event(
        'payment_' || payment_event_alerts.result,
        case payment_event_alerts.result
            when 'dispute_won' then 'info'
            when 'unknown_order' then 'warning'
            when 'refund_failed' then 'error'
            else 'critical'
        end,
        payment_event_alerts.details
    );
    -- Who marks a refund as due tells them; of an order that is not known there is nothing to tell.
    if payment_event_alerts.result not in ('unknown_order', 'refund_due') then
        perform private.enqueue('payment.' || payment_event_alerts.result, payment_event_alerts.details);
    end if;
end;
$$;

-- sql/payments/private/payment_event_answer.sql

-- What the functions that take a provider's events return; the order's part is null when there is no such order.
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

-- sql/payments/private/repeated_event.sql

-- The answer to an event that was stored before. What was refused is refused again; the same event with other content is
-- another one, which two of a provider's reports must not share an id for: that is told, and answered as an error that does
-- not undo what tells it.
create function private.repeated_event(provider text, event_id text, content_digest bytea)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
declare
    known public.payment_events;
    conflict private.error_codes;
begin
    select *
    into strict known
    from public.payment_events
    where payment_events.provider = repeated_event.provider
        and payment_events.event_id = repeated_event.event_id;

    if known.content_digest = repeated_event.content_digest then
        return private.payment_event_answer(
            case when known.result in ('mismatch', 'unknown_order') then known.result else 'duplicate' end,
            known.order_id
        );
    end if;

    perform private.payment_event_alerts('conflict', jsonb_build_object(
        'order_id', known.order_id,
        'payment_id', known.payment_id,
        'provider', known.provider,
        'event_id', known.event_id,
        'booked', known.result
    ));
    select *
    into strict conflict
    from private.error_codes
    where error_codes.code = 'idempotency_conflict';
    perform set_config('response.status', conflict.status::text, true);
    return jsonb_build_object(
        'code', conflict.code,
        'message', 'This event was reported before, with other content.',
        'details', jsonb_build_object('booked', known.result)::text,
        'hint', null
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

-- sql/payments/private/fill_refund.sql

-- What of a refund follows from the rest: whose money it is, and when it was settled. What failed stays failed, because the
-- provider may have told others so.
create function private.fill_refund()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if tg_op = 'INSERT' then
        select payments.order_id, payments.provider
        into new.order_id, new.provider
        from public.payments
        where payments.id = new.payment_id;
    elsif old.status = 'failed' and new.status <> 'failed' or old.status = 'succeeded' and new.status = 'pending' then
        perform private.raise_error(
            'invalid_transition',
            'A refund that was settled is not open again.',
            jsonb_build_object('from', old.status, 'to', new.status)
        );
    end if;
    new.settled_at := case when new.status <> 'pending' then coalesce(new.settled_at, now()) end;
    return new;
end;
$$;

-- sql/payments/private/follow_refund.sql

-- What follows from a refund: the sums of its payment and of its order, what they are called then, and who is told. Sums are
-- taken anew under the order's lock, so that refunds at the same time see each other; constraints keep them within what was
-- paid.
create function private.follow_refund()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    due public.orders;
    received numeric;
    given_back numeric;
    own_given_back numeric;
    named text;
    was_settled text := case when tg_op = 'UPDATE' then old.status else 'pending' end;
begin
    select *
    into due
    from public.orders
    where orders.id = new.order_id
    for no key update;

    update public.payments
    set refunded_amount = refunded.counted,
        status = case
            when not private.is_paid(payments.status) then payments.status
            when refunded.succeeded = 0 then 'paid'
            when refunded.succeeded < payments.amount then 'partially_refunded'
            else 'refunded'
        end,
        refund_due_at = case when refunded.succeeded < payments.amount then payments.refund_due_at end,
        refund_due_reason = case when refunded.succeeded < payments.amount then payments.refund_due_reason end
    from (
        select
            coalesce(sum(refunds.amount) filter (where refunds.status in ('pending', 'succeeded')), 0) as counted,
            coalesce(sum(refunds.amount) filter (where refunds.status = 'succeeded'), 0) as succeeded
        from public.refunds
        where refunds.payment_id = new.payment_id
    ) as refunded
    where payments.id = new.payment_id;

    -- Money that came in twice is not the order's: giving it back takes nothing off the order.
    select coalesce(sum(payments.amount), 0)
    into received
    from public.payments
    where payments.order_id = due.id and private.is_paid(payments.status);
    select coalesce(sum(refunds.amount), 0)
    into given_back
    from public.refunds
    where refunds.order_id = due.id and refunds.status = 'succeeded';
    own_given_back := greatest(given_back - greatest(received - due.total, 0), 0);
    named := case
        when not private.is_paid(due.payment_status) then due.payment_status
        when own_given_back = 0 then 'paid'
        when own_given_back < least(received, due.total) then 'partially_refunded'
        else 'refunded'
    end;

    update public.orders
    set refunded_amount = own_given_back,
        payment_status = named
    where orders.id = due.id
        and (orders.refunded_amount, orders.payment_status) is distinct from (own_given_back, named);

    if new.status = 'failed' and was_settled <> 'failed' then
        perform private.payment_event_alerts('refund_failed', jsonb_build_object(
            'order_id', due.id,
            'payment_id', new.payment_id,
            'refund_id', new.id,
            'amount', new.amount,
            'error', new.error
        ));
        if was_settled = 'succeeded' then
            perform private.mark_refund_due(
                payments.id,
                case when due.status in ('cancelled', 'refunded') then 'order_cancelled' else 'already_paid' end
            )
            from public.payments
            where payments.id = new.payment_id
                and payments.refund_due_at is null
                and (due.status in ('cancelled', 'refunded') or received - given_back > due.total);
        end if;
    elsif named = 'refunded' and due.payment_status <> 'refunded' and due.status in ('delivered', 'cancelled') then
        perform private.move_order(due.id, 'refunded');
    elsif new.status = 'succeeded' and was_settled <> 'succeeded' then
        -- No status moves, so no message of one says it.
        perform private.enqueue('payment.refunded', jsonb_build_object(
            'order_id', due.id,
            'payment_id', new.payment_id,
            'refund_id', new.id,
            'amount', new.amount
        ));
    end if;
    return null;
end;
$$;

-- sql/payments/private/start_refund.sql

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

-- sql/payments/private/settle_refund.sql

-- What became of a refund at its provider: status is pending (made, but not settled), succeeded or failed. Repeating it, and
-- news that come late, change nothing: what was settled is not pending again, and what failed stays failed.
create function private.settle_refund(
    refund_id uuid,
    status text,
    provider_reference text default null,
    error text default null
)
    returns public.refunds
    set search_path = ''
    language plpgsql
    as $$
declare
    settled public.refunds;
begin
    perform orders.id
    from public.orders
    inner join public.refunds on refunds.order_id = orders.id
    where refunds.id = settle_refund.refund_id
    for no key update of orders;

    select *
    into settled
    from public.refunds
    where refunds.id = settle_refund.refund_id;
    if settled.id is null then
        perform private.raise_error('not_found', 'There is no such refund.');
    end if;

    update public.refunds
    set status = case
            when refunds.status = 'failed' or settle_refund.status = 'pending' then refunds.status
            else settle_refund.status
        end,
        provider_reference = coalesce(refunds.provider_reference, settle_refund.provider_reference),
        error = case
            when settle_refund.status = 'failed' then coalesce(left(settle_refund.error, 500), refunds.error)
            else refunds.error
        end
    where refunds.id = settled.id
        and (
            refunds.provider_reference is null and settle_refund.provider_reference is not null
            or refunds.status <> 'failed' and settle_refund.status not in ('pending', refunds.status)
        )
    returning * into settled;
    if not found then
        select *
        into settled
        from public.refunds
        where refunds.id = settle_refund.refund_id;
    end if;
    return settled;
end;
$$;

-- sql/payments/private/book_refund.sql

-- Books a refund that the provider made, in whatever order its news come: it is the one with this reference, or ours that the
-- provider names by refund_id, or a part of what was known so far as a total only (see private.book_refunded_total), or a
-- new one. The caller has locked the order. Returns what it came to.
create function private.book_refund(
    payment public.payments,
    status text,
    provider_reference text,
    refund_id uuid,
    amount numeric,
    reason text,
    error text
)
    returns text
    set search_path = ''
    language plpgsql
    as $$
declare
    known public.refunds;
    total public.refunds;
    settled public.refunds;
begin
    select *
    into known
    from public.refunds
    where refunds.provider = payment.provider
        and (
            refunds.provider_reference = book_refund.provider_reference
            or refunds.id = book_refund.refund_id and refunds.provider_reference is null
        )
    order by refunds.provider_reference nulls last
    limit 1;

    if known.id is null then
        select *
        into total
        from public.refunds
        where refunds.payment_id = payment.id
            and refunds.status = 'succeeded'
            and refunds.provider_reference like 'total:%'
        order by refunds.amount = book_refund.amount desc, refunds.created_at, refunds.id
        limit 1;
        if total.amount > book_refund.amount then
            update public.refunds
            set amount = total.amount - book_refund.amount
            where refunds.id = total.id;
        elsif total.id is not null then
            update public.refunds
            set amount = book_refund.amount,
                provider_reference = book_refund.provider_reference
            where refunds.id = total.id
            returning * into known;
        end if;
    end if;

    if known.id is null then
        insert into public.refunds (payment_id, amount, reason, status, provider_reference, error)
        values (
            payment.id, book_refund.amount, book_refund.reason, book_refund.status, book_refund.provider_reference,
            case when book_refund.status = 'failed' then left(book_refund.error, 500) end
        );
        return case book_refund.status when 'succeeded' then 'refunded' else 'refund_' || book_refund.status end;
    end if;

    if known.payment_id <> payment.id or known.amount <> book_refund.amount then
        return 'mismatch';
    end if;
    settled := private.settle_refund(known.id, book_refund.status, book_refund.provider_reference, book_refund.error);
    return case
        when settled.status = known.status then 'ignored'
        when settled.status = 'succeeded' then 'refunded'
        else 'refund_' || settled.status
    end;
end;
$$;

-- sql/payments/private/book_refunded_total.sql

-- Books what has been refunded of a charge in all, where the provider says no more than that: only what the refunds that are
-- known do not come to. private.book_refund takes it up when the provider names the refunds it was made of.
create function private.book_refunded_total(payment public.payments, charge text, total numeric)
    returns text
    set search_path = ''
    language plpgsql
    as $$
declare
    more numeric := book_refunded_total.total - coalesce((
        select sum(refunds.amount)
        from public.refunds
        where refunds.payment_id = payment.id
            and refunds.status in ('pending', 'succeeded')
            and not refunds.disputed
    ), 0);
begin
    if more <= 0 then
        return 'ignored';
    end if;

    insert into public.refunds (payment_id, amount, status, provider_reference)
    values (
        payment.id, more, 'succeeded',
        format('total:%s:%s', book_refunded_total.charge, trim_scale(book_refunded_total.total))
    )
    on conflict on constraint refunds_provider_reference_unique do nothing;
    return case when found then 'refunded' else 'ignored' end;
end;
$$;

-- sql/payments/private/book_lost_dispute.sql

-- Books money that the customer's bank took back, once for each dispute. The caller has locked the order.
create function private.book_lost_dispute(payment public.payments, dispute text, amount numeric, reason text)
    returns text
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into public.refunds (payment_id, amount, reason, status, provider_reference, disputed)
    values (
        payment.id, book_lost_dispute.amount, book_lost_dispute.reason, 'succeeded', book_lost_dispute.dispute, true
    )
    on conflict on constraint refunds_provider_reference_unique do nothing;
    return case when found then 'dispute_lost' else 'ignored' end;
end;
$$;

-- sql/payments/private/record_refund_event.sql

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

-- sql/payments/private/keep_paid.sql

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

-- sql/payments/triggers.sql

create trigger set_updated_at
    before update on public.payments
    for each row execute function private.set_updated_at();

create trigger keep_paid
    before update of status on public.payments
    for each row execute function private.keep_paid();

create trigger set_updated_at
    before update on public.refunds
    for each row execute function private.set_updated_at();

create trigger fill_refund
    before insert or update on public.refunds
    for each row execute function private.fill_refund();

create trigger follow_refund
    after insert or update of status, amount on public.refunds
    for each row execute function private.follow_refund();

call private.audit_writes('public.payments', 'id', actions => array['insert', 'update']);
call private.audit_writes('public.refunds', 'id', actions => array['insert', 'update']);

-- sql/payments/access.sql

alter table public.payments enable row level security;
alter table public.payment_events enable row level security;
alter table public.refunds enable row level security;

grant select on public.payments to authenticated, service_role;
grant select on public.payment_events to authenticated, service_role;
grant select on public.refunds to authenticated, service_role;

create policy "customers read their payments" on public.payments
    for select to authenticated
    using (order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid()))));

create policy "admins read payment events" on public.payment_events
    for select to authenticated
    using ((select private.is_admin()));

create policy "customers read their refunds" on public.refunds
    for select to authenticated
    using (order_id = any(array(select orders.id from public.orders where orders.user_id = (select auth.uid()))));

create policy "admins read all payments" on public.payments
    for select to primostore_admin
    using (true);

create policy "admins read all refunds" on public.refunds
    for select to primostore_admin
    using (true);

-- sql/payments/api/announce_payment_methods.sql

create function public.announce_payment_methods(methods text[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.announce_payment_methods(methods);
end;
$$;
comment on function public.announce_payment_methods is
    'For the edge: these ways to pay (stripe) have their keys, so the shop may offer them for an hour. The edge says it at its start and every ten minutes. Errors: forbidden, invalid_input.';
grant execute on function public.announce_payment_methods to service_role;

-- sql/payments/api/start_payment.sql

create function public.start_payment(
    order_id uuid,
    provider text,
    user_id uuid default null,
    guest_token text default null
)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.start_payment(order_id, provider, user_id, guest_token);
end;
$$;
comment on function public.start_payment is
    'For the edge: the payment with which a customer pays an order now, by payment_link or stripe. Whose order it is shows user_id (of a verified token) or guest_token; null when it is not theirs, a wrong token being counted. Repeating it returns the same payment; one that failed is opened again, one that was given up is followed by another, and a link that has expired gets new time (payment_link.valid_hours). The first time the order''s hold is made to last until the link ends, or for checkout.online_hold_minutes more. Returns {payment_id, order_id, order_number, provider, amount, currency, status, provider_reference, expires_at, url}. Errors: invalid_input, payment_method_unavailable (the order is paid in another way, or payment_link.template is not set), already_paid, invalid_transition (details: {status}), out_of_stock (the hold has lapsed and the units are gone), rate_limited, busy.';
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
    language plpgsql
    as $$
begin
    return private.set_payment_reference(payment_id, provider_reference, url, replaces);
end;
$$;
comment on function public.set_payment_reference is
    'For the edge: stores the provider''s id of a payment that is not paid, and where the customer pays. Only where it has none yet, the same, or the one that is said to be replaced; whatever is stored then is returned, as start_payment does. Errors: invalid_input (also when the id belongs to another payment), not_found, busy.';
grant execute on function public.set_payment_reference to service_role;

-- sql/payments/api/payment_link_target.sql

create function public.payment_link_target(payment_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.payment_link_target(payment_id);
end;
$$;
comment on function public.payment_link_target is
    'For the edge: what a payment link leads to, {order_number, amount, currency, email (of the customer; null when the account is gone), language (of the order), expires (Unix seconds), template (payment_link.template), status: open, expired, paid or closed}; null when there is no such payment link.';
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

-- sql/payments/api/record_refund_event.sql

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
