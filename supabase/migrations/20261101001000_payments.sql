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
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint payments_provider_known check (provider in ('cod', 'payment_link', 'stripe')),
    constraint payments_provider_reference_unique unique (provider, provider_reference),
    constraint payments_amount_not_negative check (amount >= 0),
    constraint payments_status_known check (
        status in ('pending', 'paid', 'failed', 'cancelled', 'refunded', 'partially_refunded')
    ),
    constraint payments_paid_has_time check (status not in ('paid', 'refunded', 'partially_refunded') or paid_at is not null)
);
create index payments_order_id_idx on public.payments (order_id);

comment on table public.payments is 'How orders are paid. Customers read their own; only checkout and the payment providers write.';
comment on column public.payments.provider is 'cod | payment_link | stripe.';
comment on column public.payments.amount is 'In currency, tax included.';
comment on column public.payments.provider_reference is 'The provider''s own id of the payment, once per provider.';
comment on column public.payments.url is 'Where the customer pays, for a payment link.';

-- sql/payments/payment_events.sql

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

-- sql/payments/triggers.sql

create trigger set_updated_at
    before update on public.payments
    for each row execute function private.set_updated_at();

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
