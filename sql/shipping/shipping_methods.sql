create table public.shipping_methods (
    id uuid primary key default gen_random_uuid(),
    name text not null,
    description text,
    price numeric(10, 2) not null,
    free_from numeric(10, 2),
    estimated_days_min integer,
    estimated_days_max integer,
    zones text[] not null default '{}',
    sort_order integer not null default 0,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint shipping_methods_name_text check (char_length(name) between 1 and 100 and private.is_plain_text(name)),
    constraint shipping_methods_description_text check (
        char_length(description) <= 1000 and private.is_plain_text(description, multiline => true)
    ),
    constraint shipping_methods_price_not_negative check (price >= 0),
    constraint shipping_methods_free_from_positive check (free_from > 0),
    constraint shipping_methods_days_ordered check (
        estimated_days_min between 0 and 365
        and estimated_days_max between 0 and 365
        and estimated_days_max >= estimated_days_min
    )
);

comment on table public.shipping_methods is 'Ways to send an order. Customers see what serves them through rpc/shipping_options.';
comment on column public.shipping_methods.price is 'In the store''s currency, tax included.';
comment on column public.shipping_methods.free_from is 'Subtotal before discount from which shipping is free; null means never.';
comment on column public.shipping_methods.estimated_days_min is 'Days.';
comment on column public.shipping_methods.estimated_days_max is 'Days.';
comment on column public.shipping_methods.zones is 'ISO country codes or CC:city (MA, MA:Casablanca); empty means everywhere.';
