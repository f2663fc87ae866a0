-- What a coupon takes off a subtotal, rounded half up to the currency's own unit, never above the subtotal.
create function private.coupon_discount(coupon public.coupons, subtotal numeric)
    returns numeric
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return least(
        case coupon.discount_type
            when 'percentage' then round(subtotal * coupon.discount_value / 100, private.store_decimals())
            when 'fixed' then coupon.discount_value
            else 0.00
        end,
        coupon.max_discount_amount,
        subtotal
    )::numeric(10, 2);
end;
$$;
