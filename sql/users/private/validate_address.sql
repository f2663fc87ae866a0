create function private.validate_address()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.label := private.trimmed(new.label);
    new.full_name := private.trimmed(new.full_name);
    new.phone := private.clean_phone(new.phone);
    new.line1 := private.trimmed(new.line1);
    new.line2 := private.trimmed(new.line2);
    new.city := private.trimmed(new.city);
    new.region := private.trimmed(new.region);
    new.postal_code := private.trimmed(new.postal_code);
    new.country := upper(private.trimmed(new.country));

    perform private.raise_invalid(jsonb_build_object(
        'user_id', case when new.user_id is null then '["required"]'::jsonb end,
        'label', private.text_fault(new.label, 50),
        'full_name', private.text_fault(new.full_name, 200, required => true),
        'phone', private.phone_fault(new.phone),
        'line1', private.text_fault(new.line1, 200, required => true),
        'line2', private.text_fault(new.line2, 200),
        'city', private.text_fault(new.city, 100, required => true),
        'region', private.text_fault(new.region, 100),
        'postal_code', private.text_fault(new.postal_code, 20),
        'country', private.country_fault(new.country, required => true),
        'is_default_shipping', case when new.is_default_shipping is null then '["required"]'::jsonb end,
        'is_default_billing', case when new.is_default_billing is null then '["required"]'::jsonb end
    ));
    return new;
end;
$$;
