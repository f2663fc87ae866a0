create function public.place_order(
    shipping_address jsonb,
    shipping_method_id uuid,
    payment_method text,
    items jsonb default null,
    coupon_code text default null,
    billing_address jsonb default null,
    notes text default null,
    guest_email text default null,
    guest_phone text default null,
    idempotency_key text default null
)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.place_order(
        shipping_address, shipping_method_id, payment_method, items, coupon_code, billing_address, notes,
        guest_email, guest_phone, idempotency_key
    );
end;
$$;
comment on function public.place_order is
    'Places an order of items [{product_id, quantity}], or of the caller''s cart when items is null, which it empties. Addresses have the keys of user_addresses (full_name, line1 and city are required); payment_method: cod, payment_link or stripe; guests give guest_email. Prices, discount, tax and shipping are computed here. The same idempotency_key with the same request returns the first answer. Returns {id, order_number, status, payment_status, payment_method, currency, subtotal, discount_amount, shipping_cost, tax_amount, total, items[], shipping_address, placed_at, reservation_expires_at, guest_token, next_action}; guest_token only for guests, next_action null, {type: payment_link} or {type: stripe}. Errors: unauthenticated, invalid_input, cart_empty, product_unavailable, out_of_stock, payment_method_unavailable, shipping_unavailable, coupon_invalid, coupon_expired, coupon_not_started, coupon_min_amount, coupon_exhausted, coupon_already_used, idempotency_conflict, busy.';
grant execute on function public.place_order to anon, authenticated, service_role;
