insert into public.orders (
    id, order_number, user_id, guest_email, status, payment_status, payment_method, currency,
    subtotal, discount_amount, shipping_cost, tax_amount, total, coupon_id, shipping_method_id, shipping_address,
    refunded_amount, placed_at, reservation_expires_at, confirmed_at, shipped_at, delivered_at, cancelled_at, created_at, updated_at
)
select
    priced.id,
    shop.number_prefix || to_char(priced.placed_at at time zone shop.time_zone, '-YYMMDD-')
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
    case when priced.status = 'refunded' then priced.subtotal - priced.discount + priced.shipping_cost else 0 end,
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
cross join shop;
