-- Beside `products`, because it is the hottest row in the system: narrow, and with room on its page for HOT updates.
create table public.inventory (
    product_id uuid primary key references public.products on delete cascade,
    stock integer not null default 0,
    reserved_stock integer not null default 0,
    low_stock_threshold integer not null default 5,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint inventory_stock_range check (stock between 0 and 1000000000),
    constraint inventory_reserved_stock_within_stock check (reserved_stock between 0 and stock),
    constraint inventory_low_stock_threshold_range check (low_stock_threshold between 0 and 1000000)
) with (fillfactor = 50);

comment on table public.inventory is
    'Units of each product. Changed only by orders and admin_adjust_stock, never directly; every change has its stock_movements.';
comment on column public.inventory.stock is 'Units in the warehouse, the promised ones included.';
comment on column public.inventory.reserved_stock is
    'Units promised to orders that are not confirmed yet; lapsed promises count until someone needs the units.';
comment on column public.inventory.low_stock_threshold is 'Units from which down the product counts as low in stock.';
