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
