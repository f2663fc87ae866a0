-- Columns are wider than what they may hold: a narrow one would round an amount, or fail, before any trigger could say what
-- is wrong with it.
create table public.coupons (
    id uuid primary key default gen_random_uuid(),
    code text not null,
    description text,
    discount_type text not null,
    discount_value numeric not null,
    min_order_amount numeric,
    max_discount_amount numeric,
    usage_limit bigint,
    usage_limit_per_user bigint,
    usage_count integer not null default 0,
    starts_at timestamptz,
    expires_at timestamptz,
    is_active boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint coupons_discount_type_known check (discount_type in ('percentage', 'fixed', 'free_shipping')),
    constraint coupons_discount_value_range check (
        case discount_type
            when 'percentage' then discount_value > 0 and discount_value <= 100
            when 'fixed' then discount_value > 0
            else discount_value = 0
        end
    ),
    constraint coupons_min_order_amount_positive check (min_order_amount > 0),
    constraint coupons_max_discount_amount_positive check (max_discount_amount > 0),
    constraint coupons_usage_limit_positive check (usage_limit > 0),
    constraint coupons_usage_limit_per_user_positive check (usage_limit_per_user > 0),
    constraint coupons_usage_count_not_negative check (usage_count >= 0),
    constraint coupons_window_ordered check (expires_at > starts_at)
);
create unique index coupons_code_key on public.coupons (lower(code));

comment on table public.coupons is 'Discount codes. Only admins read them; customers ask rpc/validate_coupon.';
comment on column public.coupons.code is 'Letters, digits, - and _; upper and lower case are the same code. Blanks and invisible characters around it are dropped.';
comment on column public.coupons.discount_type is 'percentage | fixed | free_shipping.';
comment on column public.coupons.discount_value is
    'Per cent (above 0, at most 100), an amount in the store''s currency, or 0 for free_shipping.';
comment on column public.coupons.min_order_amount is 'Smallest subtotal before discount, in the store''s currency.';
comment on column public.coupons.max_discount_amount is 'Largest discount on one order, in the store''s currency.';
comment on column public.coupons.usage_limit is 'Orders that may use it in all; null means any number.';
comment on column public.coupons.usage_limit_per_user is 'Orders of one customer that may use it; null means any number.';
comment on column public.coupons.usage_count is 'Orders that use it now; kept by checkout and cancellation.';
