create sequence private.order_number_seq;

create table public.orders (
    id uuid primary key default private.next_id(),
    order_number text not null,
    user_id uuid references auth.users on delete set null,
    guest_email text,
    guest_phone text,
    status text not null default 'pending',
    payment_status text not null default 'pending',
    payment_method text not null,
    payment_intent_id text,
    currency text not null,
    subtotal numeric(10, 2) not null,
    discount_amount numeric(10, 2) not null default 0,
    shipping_cost numeric(10, 2) not null default 0,
    tax_amount numeric(10, 2) not null default 0,
    total numeric(10, 2) not null,
    coupon_id uuid references public.coupons on delete restrict,
    shipping_method_id uuid references public.shipping_methods on delete restrict,
    shipping_address jsonb not null,
    billing_address jsonb,
    notes text,
    language text not null default 'fr',
    carrier text,
    tracking_number text,
    tracking_url text,
    refunded_amount numeric(10, 2) not null default 0,
    placed_at timestamptz not null default now(),
    reservation_expires_at timestamptz,
    confirmed_at timestamptz,
    shipped_at timestamptz,
    delivered_at timestamptz,
    cancelled_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint orders_order_number_unique unique (order_number),
    constraint orders_status_known check (
        status in ('pending', 'confirmed', 'processing', 'shipped', 'delivered', 'cancelled', 'refunded')
    ),
    constraint orders_payment_status_known check (
        payment_status in ('pending', 'paid', 'failed', 'refunded', 'partially_refunded')
    ),
    constraint orders_payment_method_known check (payment_method in ('cod', 'payment_link', 'stripe')),
    constraint orders_subtotal_not_negative check (subtotal >= 0),
    constraint orders_discount_within_subtotal check (discount_amount between 0 and subtotal),
    constraint orders_shipping_cost_not_negative check (shipping_cost >= 0),
    constraint orders_tax_within_total check (tax_amount between 0 and total),
    constraint orders_refunded_amount_within_total check (refunded_amount between 0 and total),
    constraint orders_total_adds_up check (total = subtotal - discount_amount + shipping_cost),
    constraint orders_one_buyer check (user_id is null or guest_email is null)
);
create index orders_user_id_idx on public.orders (user_id, placed_at desc);
create index orders_placed_at_idx on public.orders (placed_at desc, id);
create index orders_status_idx on public.orders (status, placed_at desc);
create index orders_coupon_id_idx on public.orders (coupon_id) where coupon_id is not null;
create index orders_shipping_method_id_idx on public.orders (shipping_method_id);
create index orders_guest_email_idx on public.orders (lower(guest_email)) where guest_email is not null;
create index orders_reservation_expires_at_idx on public.orders (reservation_expires_at) where status = 'pending';

comment on table public.orders is
    'Orders, placed through rpc/place_order. Their amounts never change; status moves as private.order_transitions allows. Money in the order''s currency, tax included.';
comment on column public.orders.order_number is 'What people read out: prefix, date in the store''s time zone, running number. Gaps are allowed.';
comment on column public.orders.user_id is 'The customer''s account; null for guests and when the account is deleted.';
comment on column public.orders.subtotal is 'Sum of quantity * unit_price, before discount.';
comment on column public.orders.tax_amount is 'Tax contained in total.';
comment on column public.orders.total is 'subtotal - discount_amount + shipping_cost: what the customer pays.';
comment on column public.orders.placed_at is 'When it was placed: what lists and reports go by.';
comment on column public.orders.reservation_expires_at is 'Until when the stock is held while the order is pending.';
comment on column public.orders.language is 'ISO code of the language the customer ordered in, one of store.languages; messages are written in it.';
comment on column public.orders.carrier is 'Who carries the parcel.';
comment on column public.orders.tracking_number is 'The carrier''s number of the parcel.';
comment on column public.orders.tracking_url is 'Where the parcel can be followed.';
comment on column public.orders.refunded_amount is 'What has been given back.';
