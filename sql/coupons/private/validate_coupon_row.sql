create function private.validate_coupon_row()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
declare
    smallest constant numeric := private.smallest_amount();
begin
    new.code := private.clean_code(new.code);
    new.description := private.trimmed(new.description);

    perform private.raise_invalid(jsonb_build_object(
        'code', case
            when new.code is null then '["required"]'::jsonb
            when new.code !~ '^[A-Za-z0-9][A-Za-z0-9_-]{1,49}$'
                then '["pattern", "BIENVENUE10", {"reason": "must be 2 to 50 letters, digits, - or _"}]'
        end,
        'description', private.text_fault(new.description, 500, multiline => true),
        'discount_type', case
            when new.discount_type is null then '["required"]'::jsonb
            when new.discount_type not in ('percentage', 'fixed', 'free_shipping')
                then '["one_of", "percentage", "fixed", "free_shipping"]'
        end,
        'discount_value', case
            when new.discount_value is null then '["required"]'::jsonb
            when new.discount_type = 'fixed' then private.amount_fault(new.discount_value, minimum => smallest)
            when new.discount_type = 'free_shipping' and new.discount_value <> 0
                then '["above", 0, {"reason": "must be 0 for free_shipping"}]'
            when new.discount_type = 'percentage' then case
                when new.discount_value < 0.01 then '["below", 0.01]'::jsonb
                when new.discount_value > 100 then '["above", 100]'
                when round(new.discount_value, 2) <> new.discount_value then '["decimals", 2]'
            end
        end,
        'min_order_amount', private.amount_fault(new.min_order_amount, minimum => smallest),
        'max_discount_amount', private.amount_fault(new.max_discount_amount, minimum => smallest),
        'usage_limit', private.integer_fault(new.usage_limit, minimum => 1),
        'usage_limit_per_user', private.integer_fault(new.usage_limit_per_user, minimum => 1),
        'starts_at', private.date_fault(new.starts_at),
        'expires_at', coalesce(
            private.date_fault(new.expires_at),
            case when new.expires_at <= new.starts_at then '["order", "starts_at"]'::jsonb end
        ),
        'is_active', case when new.is_active is null then '["required"]'::jsonb end
    ));

    -- Two decimals for every reader, also of whole amounts.
    new.discount_value := round(new.discount_value, 2);
    new.min_order_amount := round(new.min_order_amount, 2);
    new.max_discount_amount := round(new.max_discount_amount, 2);
    return new;
end;
$$;
