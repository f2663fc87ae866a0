create function public.validate_coupon(code text, subtotal numeric)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.validate_coupon(code, subtotal);
end;
$$;
comment on function public.validate_coupon is
    'What a coupon would take off a subtotal (before discount, in the store''s currency): {valid, code, discount_type, discount_amount, reason}. reason is null, invalid, expired, not_started, exhausted, already_used or min_amount. Wrong codes are counted; too many are rate_limited. Errors: invalid_input (subtotal), rate_limited.';
grant execute on function public.validate_coupon to anon, authenticated, service_role;
