insert into public.payments (id, order_id, provider, amount, currency, status, paid_at, refunded_amount, created_at, updated_at)
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
    orders.refunded_amount,
    orders.placed_at,
    orders.updated_at
from priced
inner join public.orders on orders.id = priced.id;

insert into public.refunds (payment_id, order_id, provider, amount, reason, status, settled_at, created_at)
select
    pg_temp.id_of('payment', priced.number),
    orders.id,
    orders.payment_method,
    orders.total,
    'Retour du client',
    'succeeded',
    priced.refunded_at,
    priced.refunded_at
from priced
inner join public.orders on orders.id = priced.id
where priced.refunded_at is not null;

insert into public.order_origins (order_id, ip_address, user_agent, guest_access_until, created_at)
select
    priced.id,
    '196.64.0.0'::inet + pg_temp.below(priced.number, 56, 100000),
    'Mozilla/5.0',
    case when priced.customer is null then priced.placed_at + interval '90 days' end,
    priced.placed_at
from priced;

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
