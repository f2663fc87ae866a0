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
    -- The planner would plan for each number of lines anew, which takes longer than the work.
    set plan_cache_mode = force_generic_plan
    language plpgsql
    as $$
declare
    buyer constant uuid := private.caller_id();
    caller_scope constant text := coalesce(buyer::text, 'guest');
    code constant text := private.clean_code(place_order.coupon_code);
    billing constant jsonb := nullif(place_order.billing_address, 'null');
    wanted jsonb := nullif(place_order.items, 'null');
    shop private.shop_settings;
    address jsonb;
    email text;
    phone text;
    remembered private.idempotency_keys;
    lines private.order_lines;
    written private.written_order;
    answer jsonb;
begin
    if buyer is not null and not private.account_exists(buyer) then
        perform private.raise_error('unauthenticated');
    end if;
    select *
    into shop
    from private.shop_settings;
    address := private.plain_address(place_order.shipping_address, shop.country);
    perform private.raise_invalid(private.order_faults(
        shipping_address, shipping_method_id, payment_method, wanted, coupon_code, billing, notes,
        guest_email, guest_phone, idempotency_key, is_guest => buyer is null, is_plain_address => address is not null
    ));
    address := coalesce(address, private.clean_address(place_order.shipping_address));
    if buyer is null then
        email := private.trimmed(place_order.guest_email);
        phone := private.clean_phone(place_order.guest_phone);
    end if;

    if place_order.idempotency_key is not null then
        remembered := private.recall_order(caller_scope, place_order.idempotency_key, sha256(convert_to(jsonb_build_array(
            shipping_address, shipping_method_id, payment_method, wanted, coupon_code, billing, notes, email, phone
        )::text, 'UTF8')));
        if remembered.order_id is not null then
            return remembered.response
                || jsonb_build_object('guest_token', private.guest_token(remembered.order_id));
        end if;
    end if;

    if wanted is null and buyer is not null then
        perform private.lock_cart(buyer);
        with taken as (
            delete from public.cart_items
            where cart_items.user_id = buyer
            returning cart_items.product_id, cart_items.quantity
        )

        select jsonb_agg(jsonb_build_object('product_id', taken.product_id, 'quantity', taken.quantity))
        into wanted
        from taken;
    end if;
    if coalesce(wanted, '[]') = '[]' then
        perform private.raise_error('cart_empty');
    end if;

    lines := private.order_lines(wanted, shop.currency_decimals);
    written := private.write_order(
        shop, buyer, address, shipping_method_id, payment_method, lines, code, private.clean_address(billing),
        private.trimmed(notes), email, phone
    );
    answer := private.order_with_lines(written.placed, written.lines);
    if place_order.idempotency_key is not null then
        update private.idempotency_keys
        set order_id = (written.placed).id,
            response = answer
        where idempotency_keys.scope = caller_scope and idempotency_keys.key = place_order.idempotency_key;
    end if;

    if (written.placed).coupon_id is not null then
        perform private.redeem_coupon(
            (written.placed).coupon_id,
            (written.placed).id,
            buyer,
            coalesce(email, private.confirmed_email(buyer)),
            (written.placed).discount_amount
        );
    end if;
    perform private.take_stock(lines.product_ids, lines.quantities);
    if (written.placed).total = 0 then
        perform private.move_order((written.placed).id, 'confirmed');
    end if;
    return answer || jsonb_build_object('guest_token', written.guest_token);
exception
    -- query_canceled: several waits within lock_timeout may together reach the role's statement_timeout.
    when deadlock_detected or lock_not_available or serialization_failure or query_canceled then
        perform private.raise_error('busy');
        return null;
end;
$$;
grant execute on function private.place_order to anon, authenticated, service_role;
