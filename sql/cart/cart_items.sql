create table public.cart_items (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid() references auth.users on delete cascade,
    product_id uuid not null references public.products on delete cascade,
    quantity integer not null,
    was_on_show boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint cart_items_user_product_unique unique (user_id, product_id),
    constraint cart_items_quantity_range check (quantity between 1 and 999)
);
create index cart_items_product_id_idx on public.cart_items (product_id);

comment on column public.cart_items.was_on_show is
    'Whether the product was on show when it came into the cart: of one that never was, the cart tells nothing.';
comment on table public.cart_items is 'Signed-in customers'' carts. Written through rpc/add_to_cart, set_cart_item, sync_cart and clear_cart.';
