create table public.wishlists (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid() references auth.users on delete cascade,
    product_id uuid not null references public.products on delete cascade,
    created_at timestamptz not null default now(),
    constraint wishlists_user_product_unique unique (user_id, product_id)
);
create index wishlists_product_id_idx on public.wishlists (product_id);

comment on table public.wishlists is
    'Products customers keep for later, seen by their owner only. A product that is withdrawn stays in the list, but embeds as null.';
