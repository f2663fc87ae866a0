create table public.order_origins (
    order_id uuid primary key references public.orders on delete restrict,
    ip_address inet,
    user_agent text,
    created_at timestamptz not null default now()
);

comment on table public.order_origins is 'Where an order came from. Customers cannot read it.';
