create table public.coupon_usage (
    id uuid primary key default gen_random_uuid(),
    coupon_id uuid not null references public.coupons on delete restrict,
    order_id uuid not null,
    user_id uuid references auth.users on delete set null,
    email text,
    discount_amount numeric(10, 2) not null,
    created_at timestamptz not null default now(),
    constraint coupon_usage_coupon_order_unique unique (coupon_id, order_id),
    constraint coupon_usage_discount_amount_not_negative check (discount_amount >= 0),
    constraint coupon_usage_email_lower check (email = lower(email))
);
create index coupon_usage_user_id_idx on public.coupon_usage (user_id, coupon_id);
create index coupon_usage_email_idx on public.coupon_usage (email, coupon_id);
create index coupon_usage_order_id_idx on public.coupon_usage (order_id);

comment on table public.coupon_usage is 'One row for each order that uses a coupon; gone when the order is cancelled.';
comment on column public.coupon_usage.email is
    'The guest''s e-mail or the account''s confirmed one, in lower case: the customer is the person.';
