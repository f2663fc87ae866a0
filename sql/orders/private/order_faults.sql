-- Everything that is wrong with what place_order was sent, field by field; {} when nothing is.
create function private.order_faults(
    shipping_address jsonb,
    shipping_method_id uuid,
    payment_method text,
    items jsonb,
    coupon_code text,
    billing_address jsonb,
    notes text,
    guest_email text,
    guest_phone text,
    idempotency_key text,
    is_guest boolean
)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.address_faults(shipping_address, 'shipping_address')
        || case
            when jsonb_typeof(billing_address) <> 'null' then private.address_faults(billing_address, 'billing_address')
            else '{}'::jsonb
        end
        || case
            when jsonb_typeof(items) <> 'null' then coalesce(private.item_faults(items), private.item_sum_faults(items), '{}'::jsonb)
            else '{}'::jsonb
        end
        || jsonb_strip_nulls(jsonb_build_object(
            'shipping_method_id', case when shipping_method_id is null then 'is required' end,
            'payment_method', case when payment_method is null then 'is required' end,
            'coupon_code', private.text_fault(coupon_code, 50),
            'notes', private.text_fault(notes, 1000, multiline => true),
            'guest_email', case when is_guest then private.email_fault(btrim(guest_email), required => true) end,
            'guest_phone', case when is_guest then private.phone_fault(nullif(btrim(guest_phone), '')) end,
            'idempotency_key', case
                when idempotency_key = '' then 'must not be empty'
                else private.text_fault(idempotency_key, 255)
            end
        ));
end;
$$;
