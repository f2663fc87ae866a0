-- Apart from `products`, which everybody reads.
create table public.product_costs (
    product_id uuid primary key references public.products on delete cascade,
    cost_price numeric not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint product_costs_cost_price_range check (cost_price >= 0 and cost_price < 100000000)
);

comment on table public.product_costs is 'What the shop pays for products. Admins only.';
comment on column public.product_costs.cost_price is 'In the store''s currency and at most as many decimals as it has.';
