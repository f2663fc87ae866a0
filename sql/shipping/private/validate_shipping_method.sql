create function private.validate_shipping_method()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.name := private.trimmed(new.name);
    new.description := private.trimmed(new.description);

    perform private.raise_invalid(jsonb_build_object(
        'name', private.text_fault(new.name, 100, required => true),
        'description', private.text_fault(new.description, 1000, multiline => true),
        'price', private.amount_fault(new.price, required => true),
        'free_from', private.amount_fault(new.free_from, minimum => private.smallest_amount()),
        'estimated_days_min', private.integer_fault(new.estimated_days_min, 0, 365),
        'estimated_days_max', coalesce(
            private.integer_fault(new.estimated_days_max, 0, 365),
            case
                when new.estimated_days_max < new.estimated_days_min
                    then '["order", "estimated_days_min", {"reason": "must not be below estimated_days_min"}]'::jsonb
            end
        ),
        'zones', private.zones_fault(new.zones),
        'sort_order', private.integer_fault(new.sort_order, -2147483648, 2147483647, required => true),
        'is_active', case when new.is_active is null then '["required"]'::jsonb end
    ));

    -- Two decimals for every reader, also of whole amounts.
    new.price := round(new.price, 2);
    new.free_from := round(new.free_from, 2);
    return new;
end;
$$;
