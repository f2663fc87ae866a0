-- Gives the orders' uses of their coupons back. The coupons' rows are locked before the usage rows, as in redeem_coupon, and in
-- one order.
create function private.return_coupons(order_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform coupons.id
    from public.coupons
    where coupons.id in (
        select coupon_usage.coupon_id
        from public.coupon_usage
        where coupon_usage.order_id = any(return_coupons.order_ids)
    )
    order by coupons.id
    for no key update;
    if not found then
        return;
    end if;

    with returned as (
        delete from public.coupon_usage
        where coupon_usage.order_id = any(return_coupons.order_ids)
        returning coupon_usage.coupon_id
    )

    update public.coupons
    set usage_count = coupons.usage_count - counted.uses
    from (
        select returned.coupon_id, count(*) as uses
        from returned
        group by returned.coupon_id
    ) as counted
    where coupons.id = counted.coupon_id;
end;
$$;
