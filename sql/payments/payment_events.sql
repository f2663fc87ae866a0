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
