-- Answers instead of raising, so that a wrong guess commits and counts.
create function private.validate_coupon(code text, subtotal numeric)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.caller_id();
    guesser text := coalesce(private.client_ip()::text, caller::text, 'unknown');
    guess_limit text := private.setting_text('rate_limits.coupons');
    coupon public.coupons;
    reason text;
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'subtotal', case
            when validate_coupon.subtotal is null then 'is required'
            when not validate_coupon.subtotal between 0 and 99999999.99 then 'is out of range'
        end
    )));
    if private.is_over_limit('coupon', guesser, guess_limit) then
        perform private.raise_rate_limited(guess_limit);
    end if;

    select *
    into coupon
    from public.coupons
    where lower(coupons.code) = lower(btrim(validate_coupon.code));

    reason := private.check_coupon(coupon, validate_coupon.subtotal, caller, private.confirmed_email(caller));
    if reason is not null then
        perform private.count_hit('coupon', guesser, guess_limit);
    end if;

    return jsonb_build_object(
        'valid', reason is null,
        'code', coalesce(coupon.code, left(btrim(validate_coupon.code), 50)),
        'discount_type', case when reason is null then coupon.discount_type end,
        'discount_amount', case when reason is null then private.coupon_discount(coupon, validate_coupon.subtotal) else 0 end,
        'reason', reason
    );
end;
$$;
grant execute on function private.validate_coupon to anon, authenticated, service_role;
