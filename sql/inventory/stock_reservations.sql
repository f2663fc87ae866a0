create table public.stock_reservations (
    order_id uuid not null,
    product_id uuid not null,
    quantity integer not null,
    status text not null default 'active',
    expires_at timestamptz not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint stock_reservations_pkey primary key (order_id, product_id),
    constraint stock_reservations_quantity_positive check (quantity > 0),
    constraint stock_reservations_status_known check (status in ('active', 'committed', 'released'))
);
create index stock_reservations_product_id_idx on public.stock_reservations (product_id, expires_at) where status = 'active';

comment on table public.stock_reservations is
    'What each order holds. active: promised until expires_at; committed: sold; released: given back. Changed only under the lock of the product''s inventory row.';
