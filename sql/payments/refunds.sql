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
