-- Columns are wider than what they may hold: a narrow one would round an amount, or fail, before any trigger could say what
-- is wrong with it.
create table public.shipping_methods (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    description text,
    price numeric not null,
    free_from numeric,
    estimated_days_min bigint,
    estimated_days_max bigint,
    zones text[] not null default '{}',
    sort_order bigint not null default 0,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint shipping_methods_price_not_negative check (price >= 0),
    constraint shipping_methods_free_from_positive check (free_from > 0)
);

comment on table public.shipping_methods is 'Ways to send an order. Customers see what serves them through rpc/shipping_options.';
comment on column public.shipping_methods.price is 'In the store''s currency, tax included.';
comment on column public.shipping_methods.free_from is 'Subtotal before discount from which shipping is free; null means never.';
comment on column public.shipping_methods.estimated_days_min is 'Days.';
comment on column public.shipping_methods.estimated_days_max is 'Days.';
comment on column public.shipping_methods.zones is 'ISO country codes or CC:city (MA, MA:Casablanca); empty means everywhere.';
