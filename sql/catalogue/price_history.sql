create table public.price_history (
    id bigint generated always as identity primary key,
    product_id uuid not null references public.products on delete cascade,
    price numeric not null,
    compare_at_price numeric,
    changed_at timestamptz not null default now(),
    changed_by uuid
);
create index price_history_product_id_idx on public.price_history (product_id, changed_at);

comment on table public.price_history is
    'Each price of each product, from the one it was made with. Written by a trigger. Admins only; computed field lowest_price_30d of products is for everybody.';
comment on column public.price_history.price is 'From changed_at on, until the next row.';
comment on column public.price_history.changed_by is
    'The admin; null for the service. No foreign key, because the history outlives the account.';
