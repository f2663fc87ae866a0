create function private.validate_order_edit()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(
        private.address_faults(new.shipping_address, 'shipping_address')
        || case
            when new.billing_address is null then '{}'::jsonb
            else private.address_faults(new.billing_address, 'billing_address')
        end
        || jsonb_strip_nulls(jsonb_build_object('notes', private.text_fault(new.notes, 1000, multiline => true)))
    );
    new.shipping_address := private.clean_address(new.shipping_address);
    new.billing_address := private.clean_address(new.billing_address);
    return new;
end;
$$;
