-- Why a coupon can't be used for this subtotal by this customer: an error code without `coupon_`; null when it can.
-- A forecast, made before any lock: redeem_coupon has the last word.
create function private.check_coupon(coupon public.coupons, subtotal numeric, user_id uuid, email text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when coupon.id is null or not coupon.is_active then 'invalid'
        when coupon.starts_at > now() then 'not_started'
        when coupon.expires_at <= now() then 'expired'
        when coupon.usage_count >= coupon.usage_limit then 'exhausted'
        when private.coupon_uses_of(coupon.id, user_id, email) >= coupon.usage_limit_per_user then 'already_used'
        when subtotal < coupon.min_order_amount then 'min_amount'
    end;
end;
$$;
