-- Checkout, in one transaction: validate, write the order's cold rows, then the coupon's row, then the stock rows in
-- product order. Nothing slow may follow them: their locks last until commit.
create function private.place_order(
    shipping_address jsonb,
    shipping_method_id uuid,
    payment_method text,
    items jsonb,
    coupon_code text,
    billing_address jsonb,
    notes text,
    guest_email text,
    guest_phone text,
    idempotency_key text
)
    returns jsonb
    security definer
    set search_path = ''
    set lock_timeout = '2500ms'
    language plpgsql
    as $$
declare
    buyer uuid := private.caller_id();
    caller_scope text := coalesce(buyer::text, 'guest');
    lines jsonb := nullif(place_order.items, 'null'::jsonb);
    billing jsonb := nullif(place_order.billing_address, 'null'::jsonb);
    email text;
    phone text;
    remembered private.idempotency_keys;
    new_order public.orders;
    answer jsonb;
begin
    if buyer is not null and not exists (select from auth.users where users.id = buyer) then
        perform private.raise_error('unauthenticated');
    end if;
    perform private.raise_invalid(private.order_faults(
        shipping_address, shipping_method_id, payment_method, lines, coupon_code, billing, notes,
        guest_email, guest_phone, idempotency_key, is_guest => buyer is null
    ));
    if buyer is null then
        email := btrim(place_order.guest_email);
        phone := nullif(btrim(place_order.guest_phone), '');
    end if;

    if place_order.idempotency_key is not null then
        remembered := private.recall_order(caller_scope, place_order.idempotency_key, sha256(convert_to(jsonb_build_array(
            shipping_address, shipping_method_id, payment_method, lines, coupon_code, billing, notes, email, phone
        )::text, 'UTF8')));
        if remembered.order_id is not null then
            return remembered.response
                || jsonb_build_object('guest_token', private.guest_token(remembered.order_id));
        end if;
    end if;

    if lines is null and buyer is not null then
        perform private.lock_cart(buyer);
        with taken as (
            delete from public.cart_items
            where cart_items.user_id = buyer
            returning cart_items.product_id, cart_items.quantity
        )

        select jsonb_agg(jsonb_build_object('product_id', taken.product_id, 'quantity', taken.quantity))
        into lines
        from taken;
    end if;

    new_order := private.write_order(
        buyer, shipping_address, shipping_method_id, payment_method, lines, coupon_code, billing, notes, email, phone
    );
    perform private.write_reservations(new_order.id, new_order.reservation_expires_at);
    answer := private.order_document(new_order.id);
    update private.idempotency_keys
    set order_id = new_order.id,
        response = answer
    where idempotency_keys.scope = caller_scope and idempotency_keys.key = place_order.idempotency_key;
    answer := answer || jsonb_build_object('guest_token', private.guest_token(new_order.id));

    if new_order.coupon_id is not null then
        perform private.redeem_coupon(
            new_order.coupon_id,
            new_order.id,
            buyer,
            coalesce(email, private.confirmed_email(buyer)),
            new_order.discount_amount
        );
    end if;
    perform private.take_order_stock(new_order.id);
    return answer;
exception
    -- query_canceled: several waits within lock_timeout may together reach the role's statement_timeout.
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.place_order to anon, authenticated, service_role;
