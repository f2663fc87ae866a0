-- Answers instead of raising, so that a wrong guess commits and counts.
create function private.validate_coupon(code text, subtotal numeric)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller constant uuid := private.caller_id();
    guesser constant text := private.guesser();
    guess_limit constant text := private.setting_text('rate_limits.coupons');
    wanted constant text := private.clean_code(validate_coupon.code);
    coupon public.coupons;
    reason text;
begin
    perform private.raise_invalid(jsonb_build_object(
        'subtotal', private.amount_fault(validate_coupon.subtotal, required => true)
    ));
    if private.is_over_limit('coupon', guesser, guess_limit) then
        perform private.raise_rate_limited(guess_limit);
    end if;

    select *
    into coupon
    from public.coupons
    where lower(coupons.code) = lower(wanted);

    reason := private.check_coupon(coupon, validate_coupon.subtotal, caller, private.confirmed_email(caller));
    if reason is not null then
        perform private.count_hit('coupon', guesser, guess_limit);
    end if;

    return jsonb_build_object(
        'valid', reason is null,
        'code', coalesce(coupon.code, left(wanted, 50)),
        'discount_type', case when reason is null then coupon.discount_type end,
        'discount_amount', case when reason is null then private.coupon_discount(coupon, validate_coupon.subtotal) else 0 end,
        'reason', reason
    );
end;
$$;
grant execute on function private.validate_coupon to anon, authenticated, service_role;
