-- Gives an order's use of its coupon back. The coupon's row is locked before its usage row, as in redeem_coupon.
create function private.return_coupon(order_id uuid, coupon_id uuid)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform coupons.id
    from public.coupons
    where coupons.id = return_coupon.coupon_id
    for no key update;

    with returned as (
        delete from public.coupon_usage
        where coupon_usage.order_id = return_coupon.order_id
            and coupon_usage.coupon_id = return_coupon.coupon_id
        returning coupon_usage.coupon_id
    )

    update public.coupons
    set usage_count = coupons.usage_count - 1
    from returned
    where coupons.id = returned.coupon_id;
end;
$$;
