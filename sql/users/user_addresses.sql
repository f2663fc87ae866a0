create table public.user_addresses (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid() references auth.users on delete cascade,
    label text,
    full_name text not null,
    phone text,
    line1 text not null,
    line2 text,
    city text not null,
    region text,
    postal_code text,
    country text not null default private.store_country(),
    is_default_shipping boolean not null default false,
    is_default_billing boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index user_addresses_user_id_idx on public.user_addresses (user_id, created_at);
create unique index user_addresses_default_shipping_key on public.user_addresses (user_id) where is_default_shipping;
create unique index user_addresses_default_billing_key on public.user_addresses (user_id) where is_default_billing;

comment on table public.user_addresses is
    'Addresses that customers keep. A row may be sent to rpc/place_order as it is; orders keep their own copy.';
comment on column public.user_addresses.user_id is 'The caller, when left out.';
comment on column public.user_addresses.label is 'The customer''s own name for it, such as "Home".';
comment on column public.user_addresses.country is 'ISO code of two letters; the store''s, when left out.';
comment on column public.user_addresses.is_default_shipping is 'At most one of a customer''s addresses; a new default takes it from the old one.';
comment on column public.user_addresses.is_default_billing is 'At most one of a customer''s addresses; a new default takes it from the old one.';
