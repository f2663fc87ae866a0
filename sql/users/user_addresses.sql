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
    country text not null default 'MA',
    is_default_shipping boolean not null default false,
    is_default_billing boolean not null default false,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint user_addresses_label_text check (char_length(label) <= 50 and private.is_plain_text(label)),
    constraint user_addresses_full_name_text check (
        char_length(full_name) between 1 and 200 and private.is_plain_text(full_name)
    ),
    constraint user_addresses_phone_form check (private.phone_fault(phone) is null),
    constraint user_addresses_line1_text check (char_length(line1) between 1 and 200 and private.is_plain_text(line1)),
    constraint user_addresses_line2_text check (char_length(line2) <= 200 and private.is_plain_text(line2)),
    constraint user_addresses_city_text check (char_length(city) between 1 and 100 and private.is_plain_text(city)),
    constraint user_addresses_region_text check (char_length(region) <= 100 and private.is_plain_text(region)),
    constraint user_addresses_postal_code_text check (
        char_length(postal_code) <= 20 and private.is_plain_text(postal_code)
    ),
    constraint user_addresses_country_form check (country ~ '^[A-Z]{2}$')
);
create index user_addresses_user_id_idx on public.user_addresses (user_id, created_at);
create unique index user_addresses_default_shipping_key on public.user_addresses (user_id) where is_default_shipping;
create unique index user_addresses_default_billing_key on public.user_addresses (user_id) where is_default_billing;

comment on table public.user_addresses is
    'Addresses that customers keep. A row may be sent to rpc/place_order as it is; orders keep their own copy.';
comment on column public.user_addresses.user_id is 'The caller, when left out.';
comment on column public.user_addresses.label is 'The customer''s own name for it, such as "Home".';
comment on column public.user_addresses.country is 'ISO code of two letters.';
comment on column public.user_addresses.is_default_shipping is 'At most one of a customer''s addresses; a new default takes it from the old one.';
comment on column public.user_addresses.is_default_billing is 'At most one of a customer''s addresses; a new default takes it from the old one.';
