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
