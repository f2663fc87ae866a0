-- Counts one use. The conditional update both checks the limit and takes the coupon's row lock, so the customer's own
-- uses are counted with nobody else redeeming beside.
create function private.redeem_coupon(coupon_id uuid, order_id uuid, user_id uuid, email text, discount_amount numeric)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    coupon public.coupons;
begin
    update public.coupons
    set usage_count = coupons.usage_count + 1
    where coupons.id = redeem_coupon.coupon_id
        and coupons.is_active
        and (coupons.usage_limit is null or coupons.usage_count < coupons.usage_limit)
    returning * into coupon;

    if not found then
        perform private.raise_error('coupon_exhausted');
    end if;
    if private.coupon_uses_of(coupon.id, redeem_coupon.user_id, redeem_coupon.email) >= coupon.usage_limit_per_user then
        perform private.raise_error('coupon_already_used');
    end if;

    insert into public.coupon_usage (coupon_id, order_id, user_id, email, discount_amount)
    values (
        coupon.id,
        redeem_coupon.order_id,
        redeem_coupon.user_id,
        lower(redeem_coupon.email),
        redeem_coupon.discount_amount
    );
end;
$$;
