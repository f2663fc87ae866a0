insert into public.orders (
    id, order_number, user_id, guest_email, status, payment_status, payment_method, currency,
    subtotal, discount_amount, shipping_cost, tax_amount, total, coupon_id, shipping_method_id, shipping_address,
    placed_at, reservation_expires_at, confirmed_at, shipped_at, delivered_at, cancelled_at, created_at, updated_at
)
select
    priced.id,
    shop.prefix || to_char(priced.placed_at at time zone shop.time_zone, '-YYMMDD-')
    || lpad(nextval('private.order_number_seq')::text, 7, '0'),
    pg_temp.id_of('customer', priced.customer),
    case when priced.customer is null then 'invite' || pg_temp.below(priced.number, 51, 1 + :orders / 10) || '@example.com' end,
    priced.status,
    case
        when priced.status = 'refunded' then 'refunded'
        when priced.delivered_at is not null then 'paid'
        when priced.confirmed_at is not null and priced.payment_method <> 'cod' and priced.status <> 'cancelled' then 'paid'
        else 'pending'
    end,
    priced.payment_method,
    shop.currency,
    priced.subtotal,
    priced.discount,
    priced.shipping_cost,
    priced.tax,
    priced.subtotal - priced.discount + priced.shipping_cost,
    priced.coupon_id,
    pg_temp.id_of('shipping', priced.shipping),
    jsonb_build_object(
        'full_name', first_names.name || ' ' || last_names.name,
        'line1', 1 + pg_temp.below(priced.number, 52, 200) || ', rue des Consuls',
        'city', origins.fr,
        'country', 'MA'
    ),
    priced.placed_at,
    priced.hold_until,
    priced.confirmed_at,
    priced.shipped_at,
    priced.delivered_at,
    priced.cancelled_at,
    priced.placed_at,
    coalesce(priced.refunded_at, priced.cancelled_at, priced.delivered_at, priced.shipped_at, priced.confirmed_at, priced.placed_at)
from (
    select *
    from priced
    order by priced.number
) as priced
inner join first_names on first_names.id = pg_temp.below(priced.number, 53, 20)
inner join last_names on last_names.id = pg_temp.below(priced.number, 54, 18)
inner join origins on origins.id = pg_temp.below(priced.number, 55, 15)
cross join (
    select
        private.setting_text('order.number_prefix') as prefix,
        private.setting_text('store.time_zone') as time_zone,
        private.setting_text('store.currency') as currency
) as shop;

insert into public.order_items (
    order_id, product_id, sku, name, options, quantity,
    unit_price, discount_amount, tax_rate, tax_amount, line_total, created_at
)
select
    priced.id, draft_lines.product_id, draft_lines.sku, draft_lines.name, draft_lines.options, draft_lines.quantity,
    draft_lines.unit_price, draft_lines.discount_amount, draft_lines.tax_rate, draft_lines.tax_amount, draft_lines.line_total,
    priced.placed_at
from draft_lines
inner join priced on priced.number = draft_lines.number;

insert into public.order_status_history (order_id, status, created_at)
select priced.id, step.status, step.at
from priced
cross join lateral (
    values
        ('pending', priced.placed_at),
        ('confirmed', priced.confirmed_at),
        ('processing', case
            when priced.status = 'processing' or priced.shipped_at is not null then priced.placed_at + interval '2 hours'
        end),
        ('shipped', priced.shipped_at),
        ('delivered', priced.delivered_at),
        ('cancelled', priced.cancelled_at),
        ('refunded', priced.refunded_at)
) as step (status, at)
where step.at is not null;

insert into public.payments (id, order_id, provider, amount, currency, status, paid_at, created_at, updated_at)
select
    pg_temp.id_of('payment', priced.number),
    orders.id,
    orders.payment_method,
    orders.total,
    orders.currency,
    case when orders.status = 'cancelled' then 'cancelled' else orders.payment_status end,
    case
        when orders.payment_status in ('paid', 'refunded')
            then case when orders.payment_method = 'cod' then orders.delivered_at else orders.confirmed_at end
    end,
    orders.placed_at,
    orders.updated_at
from priced
inner join public.orders on orders.id = priced.id;

insert into public.refunds (payment_id, order_id, amount, reason, created_at)
select pg_temp.id_of('payment', priced.number), orders.id, orders.total, 'Retour du client', priced.refunded_at
from priced
inner join public.orders on orders.id = priced.id
where priced.refunded_at is not null;

insert into public.order_origins (order_id, ip_address, user_agent, created_at)
select
    priced.id,
    '196.64.0.0'::inet + pg_temp.below(priced.number, 56, 100000),
    'Mozilla/5.0',
    priced.placed_at
from priced;

insert into private.guest_access (order_id, expires_at)
select priced.id, priced.placed_at + interval '90 days'
from priced
where priced.customer is null;

-- Old keys have been forgotten.
insert into private.idempotency_keys (scope, key, request_hash, order_id, response, created_at)
select
    coalesce(pg_temp.id_of('customer', priced.customer)::text, 'guest'),
    'checkout-' || priced.number,
    sha256(priced.id::text::bytea),
    priced.id,
    jsonb_build_object('id', priced.id),
    priced.placed_at
from priced
where priced.placed_at > now() - interval '30 days';

-- A cancelled order gave its use back.
insert into public.coupon_usage (coupon_id, order_id, user_id, email, discount_amount, created_at)
select
    priced.coupon_id,
    orders.id,
    orders.user_id,
    coalesce(orders.guest_email, 'client' || priced.customer || '@example.com'),
    orders.discount_amount,
    orders.placed_at
from priced
inner join public.orders on orders.id = priced.id
where priced.coupon_id is not null and priced.status <> 'cancelled';

update public.coupons
set usage_count = uses.count
from (
    select coupon_usage.coupon_id, count(*) as count
    from public.coupon_usage
    group by coupon_usage.coupon_id
) as uses
where coupons.id = uses.coupon_id;
