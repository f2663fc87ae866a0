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
