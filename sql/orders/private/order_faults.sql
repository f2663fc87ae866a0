-- Everything that is wrong with what place_order was sent, field by field; {} when nothing is. An address that was found to be
-- plain is left out.
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
    is_guest boolean,
    is_plain_address boolean
)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    faults jsonb := case when is_plain_address then '{}' else private.address_faults(shipping_address, 'shipping_address') end;
begin
    if billing_address is not null then
        faults := faults || private.address_faults(billing_address, 'billing_address');
    end if;
    if items is not null then
        faults := faults || coalesce(private.item_faults(items, most => 999), '{}');
    end if;

    -- Most orders are plain: one look at all of it, instead of one at each.
    if shipping_method_id is not null
        and payment_method is not null
        and private.is_simple_text(concat_ws(' ', coupon_code, notes, guest_email, idempotency_key))
        and char_length(coupon_code) <= 50 is not false
        and char_length(notes) <= 1000 is not false
        and char_length(idempotency_key) between 1 and 255 is not false
        and (not is_guest or (
            char_length(guest_email) <= 254 and guest_email ~ '^[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$'
            and guest_phone ~ '^\+?[0-9]{6,15}$' is not false
        )) then
        return faults;
    end if;

    return faults || jsonb_strip_nulls(jsonb_build_object(
        'shipping_method_id', case when shipping_method_id is null then '["required"]'::jsonb end,
        'payment_method', case when payment_method is null then '["required"]'::jsonb end,
        'coupon_code', private.text_fault(private.clean_code(coupon_code), 50),
        'notes', private.text_fault(notes, 1000, multiline => true),
        'guest_email', case when is_guest then private.email_fault(private.trimmed(guest_email), required => true) end,
        'guest_phone', case when is_guest then private.phone_fault(guest_phone) end,
        'idempotency_key', case
            when idempotency_key = '' then '["required"]'::jsonb
            else private.text_fault(idempotency_key, 255)
        end
    ));
end;
$$;
