create table public.stock_movements (
    id bigint generated always as identity primary key,
    product_id uuid not null references public.products on delete restrict,
    quantity integer not null,
    kind text not null,
    order_id uuid,
    actor_id uuid,
    reason text,
    created_at timestamptz not null default now(),
    constraint stock_movements_kind_known check (kind in ('receive', 'adjust', 'reserve', 'release', 'sell', 'restock')),
    constraint stock_movements_quantity_sign check (
        case
            when kind in ('receive', 'release', 'restock') then quantity > 0
            when kind in ('reserve', 'sell') then quantity < 0
            else quantity <> 0
        end
    ),
    constraint stock_movements_order_named check (
        kind in ('receive', 'adjust') or order_id is not null
    ),
    constraint stock_movements_reason_length check (char_length(reason) <= 500)
);
create index stock_movements_product_id_idx on public.stock_movements (product_id, id desc);
create index stock_movements_order_id_idx on public.stock_movements (order_id) where order_id is not null;

comment on table public.stock_movements is
    'The ledger of inventory: append-only, signed. stock is the sum of receive, adjust, sell and restock; reserved_stock is the sum of sell less the sums of reserve and release.';
comment on column public.stock_movements.quantity is
    'Units: above zero they come (receive, release, restock), below zero they go (reserve, sell); an adjust is either.';
comment on column public.stock_movements.actor_id is 'The account that caused it; kept after the account is gone.';
