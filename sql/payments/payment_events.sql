create table public.payment_events (
    id uuid primary key default gen_random_uuid(),
    provider text not null,
    event_id text not null,
    payment_id uuid references public.payments on delete restrict,
    event_type text not null,
    payload jsonb not null,
    processed_at timestamptz,
    created_at timestamptz not null default now(),
    constraint payment_events_provider_known check (provider in ('cod', 'payment_link', 'stripe')),
    constraint payment_events_provider_event_unique unique (provider, event_id)
);
create index payment_events_payment_id_idx on public.payment_events (payment_id);

comment on table public.payment_events is 'What payment providers reported, each event once. Admins only.';
