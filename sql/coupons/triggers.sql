create trigger set_updated_at
    before update on public.coupons
    for each row execute function private.set_updated_at();

create function private.validate_coupon_row()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'code', case
            when new.code is null then 'is required'
            when new.code !~ '^[A-Za-z0-9][A-Za-z0-9_-]{1,49}$' then 'must be 2 to 50 letters, digits, - or _'
        end,
        'description', private.text_fault(new.description, 500, multiline => true),
        'discount_type', case
            when new.discount_type is null then 'is required'
            when new.discount_type not in ('percentage', 'fixed', 'free_shipping') then 'must be percentage, fixed or free_shipping'
        end,
        'discount_value', case
            when new.discount_value is null then 'is required'
            when new.discount_type = 'percentage' and not (new.discount_value > 0 and new.discount_value <= 100)
                then 'must be above 0 and at most 100 per cent'
            when new.discount_type = 'fixed' and new.discount_value <= 0 then 'must be above 0'
            when new.discount_type = 'free_shipping' and new.discount_value <> 0 then 'must be 0 for free_shipping'
        end,
        'min_order_amount', case when new.min_order_amount <= 0 then 'must be above 0' end,
        'max_discount_amount', case when new.max_discount_amount <= 0 then 'must be above 0' end,
        'usage_limit', case when new.usage_limit <= 0 then 'must be above 0' end,
        'usage_limit_per_user', case when new.usage_limit_per_user <= 0 then 'must be above 0' end,
        'expires_at', case when new.expires_at <= new.starts_at then 'must be after starts_at' end
    )));
    return new;
end;
$$;

create trigger validate
    before insert or update of
        code, description, discount_type, discount_value, min_order_amount, max_discount_amount,
        usage_limit, usage_limit_per_user, starts_at, expires_at
    on public.coupons
    for each row execute function private.validate_coupon_row();
