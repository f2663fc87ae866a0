-- Orders and their lines with every amount, in temporary tables: what checkout would have written.
insert into public.shipping_methods (id, name, price, free_from, estimated_days_min, estimated_days_max, sort_order)
values
    (pg_temp.id_of('shipping', 0), 'Livraison standard', 35.00, 600.00, 2, 4, 1),
    (pg_temp.id_of('shipping', 1), 'Livraison express', 70.00, null, 1, 1, 2);

insert into public.coupons (id, code, discount_type, discount_value)
select pg_temp.id_of('coupon', number), 'MERCI' || number, 'percentage', 5 + number % 4 * 5
from generate_series(1, 5000) as number;

create temporary table drafts as
select
    number,
    pg_temp.id_of('order', number) as id,
    moments.placed_at,
    -- Who had joined by then; some buy much more than others.
    case
        when :customers > 0 and not pg_temp.below(number, 31, 5) = 0
            then 1 + floor(
                :customers * moments.age_share * 0.999 * pg_temp.share(number, 32) ^ 2
            )::integer
    end as customer,
    case pg_temp.below(number, 33, 10) when 0 then 'stripe' when 1 then 'payment_link' when 2 then 'payment_link' else 'cod' end
        as payment_method,
    case when pg_temp.below(number, 34, 20) = 0 then 1 + pg_temp.below(number, 35, 5000) end as coupon,
    case when pg_temp.below(number, 36, 10) = 0 then 1 else 0 end as shipping,
    (array[1, 1, 1, 1, 2, 2, 2, 3, 3, 5])[1 + pg_temp.below(number, 37, 10)] as line_count,
    pg_temp.share(number, 38) as fate
from generate_series(1, :orders) as number
cross join lateral (
    select number / (:orders + 1.0)::double precision as age_share, pg_temp.moment(number / (:orders + 1.0)) as placed_at
) as moments;
analyze drafts;

create temporary table draft_lines as
with chosen as materialized (
    select
        drafts.number,
        drafts.coupon is not null as has_coupon,
        floor(
            pg_temp.share(drafts.number * 8 + line, 41) ^ 3 * (select count(*) from goods)
        )::integer as place,
        max(case when pg_temp.below(drafts.number * 8 + line, 42, 6) = 0 then 2 else 1 end) as quantity
    from drafts
    cross join lateral generate_series(1, drafts.line_count) as line
    group by 1, 2, 3
)

select
    chosen.number,
    chosen.has_coupon,
    goods.id as product_id,
    goods.sku,
    goods.name,
    goods.options,
    chosen.quantity,
    goods.price as unit_price,
    goods.tax_rate,
    0::numeric as discount_amount,
    private.contained_tax(chosen.quantity * goods.price, goods.tax_rate, 2) as tax_amount,
    chosen.quantity * goods.price as line_total
from chosen
inner join goods on goods.place = chosen.place;
analyze draft_lines;

-- The lines of an order with a coupon, as checkout prices them.
create temporary table discounts as
select
    sums.number,
    coupons.id as coupon_id,
    private.coupon_discount(coupons, sums.subtotal) as discount,
    sums.product_ids,
    sums.tax_rates,
    sums.amounts
from (
    select
        draft_lines.number,
        sum(draft_lines.line_total) as subtotal,
        array_agg(draft_lines.product_id order by draft_lines.product_id) as product_ids,
        array_agg(draft_lines.tax_rate order by draft_lines.product_id) as tax_rates,
        array_agg(draft_lines.line_total order by draft_lines.product_id) as amounts
    from draft_lines
    where draft_lines.has_coupon
    group by draft_lines.number
) as sums
inner join drafts on drafts.number = sums.number
inner join public.coupons on coupons.id = pg_temp.id_of('coupon', drafts.coupon);

create temporary table discounted as
select
    discounts.number,
    line.product_id,
    line.share as discount_amount,
    private.contained_tax(line.amount - line.share, line.tax_rate, 2) as tax_amount,
    line.amount - line.share as line_total
from discounts
cross join lateral unnest(
    discounts.product_ids,
    discounts.tax_rates,
    discounts.amounts,
    private.share_discount(discounts.amounts, discounts.discount, 2)
) as line (product_id, tax_rate, amount, share);
analyze discounted;

update draft_lines
set discount_amount = discounted.discount_amount,
    tax_amount = discounted.tax_amount,
    line_total = discounted.line_total
from discounted
where draft_lines.number = discounted.number
    and draft_lines.product_id = discounted.product_id;

-- How far each order has come: the older, the further; one in twelve is cancelled.
create temporary table priced as
select
    drafts.*,
    discounts.coupon_id,
    sums.subtotal,
    sums.discount,
    shipping.cost as shipping_cost,
    sums.tax + private.contained_tax(shipping.cost, shop.shipping_tax_rate, 2) as tax,
    fates.status,
    drafts.placed_at + case when drafts.payment_method = 'cod' then shop.cod_hold else shop.online_hold end as hold_until,
    case when fates.status <> 'pending' and not fates.is_cancelled_early then drafts.placed_at + interval '20 minutes' end
        as confirmed_at,
    case when fates.status in ('shipped', 'delivered', 'refunded') then drafts.placed_at + interval '1 day' end as shipped_at,
    case when fates.status in ('delivered', 'refunded') then drafts.placed_at + interval '4 days' end as delivered_at,
    case when fates.status = 'cancelled' then drafts.placed_at + interval '25 minutes' end as cancelled_at,
    case when fates.status = 'refunded' then drafts.placed_at + interval '9 days' end as refunded_at
from drafts
cross join shop
inner join (
    select
        draft_lines.number,
        sum(draft_lines.quantity * draft_lines.unit_price) as subtotal,
        sum(draft_lines.discount_amount) as discount,
        sum(draft_lines.tax_amount) as tax
    from draft_lines
    group by draft_lines.number
) as sums on sums.number = drafts.number
left join discounts on discounts.number = drafts.number
inner join public.shipping_methods as methods on methods.id = pg_temp.id_of('shipping', drafts.shipping)
cross join lateral (
    select private.shipping_price(methods, sums.subtotal) as cost
    offset 0
) as shipping
cross join lateral (
    select
        case
            when drafts.fate < 0.08 and drafts.placed_at < now() - interval '30 minutes' then 'cancelled'
            when drafts.placed_at > now() - interval '25 minutes' then 'pending'
            when drafts.placed_at > now() - interval '3 days' then case when drafts.fate < 0.6 then 'pending' else 'confirmed' end
            when drafts.placed_at > now() - interval '5 days' then case when drafts.fate < 0.5 then 'processing' else 'shipped' end
            when drafts.placed_at > now() - interval '10 days' then case when drafts.fate < 0.3 then 'shipped' else 'delivered' end
            when drafts.fate > 0.98 then 'refunded'
            else 'delivered'
        end as status,
        drafts.fate < 0.06 as is_cancelled_early
) as fates;
analyze priced;
