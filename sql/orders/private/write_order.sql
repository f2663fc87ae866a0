-- A new order, its lines as line_document has them, and its guest's token.
create type private.written_order as (
    placed public.orders,
    lines jsonb,
    guest_token text
);

-- Writes a new order with all its cold rows, computing every amount. The hot ones, coupon and stock, are not touched:
-- place_order takes them last.
create function private.write_order(
    shop private.shop_settings,
    buyer uuid,
    address jsonb,
    shipping_method_id uuid,
    payment_method text,
    lines private.order_lines,
    coupon_code text,
    billing_address jsonb,
    notes text,
    guest_email text,
    guest_phone text
)
    returns private.written_order
    set search_path = ''
    language plpgsql
    as $$
declare
    largest_amount constant numeric := 99999999.99;
    too_large constant jsonb := '{"items": ["above", 99999999.99, {"reason": "come to more than an order can hold (99999999.99)"}]}'::jsonb;
    guest_access_until constant timestamptz := case when write_order.buyer is null then now() + interval '90 days' end;
    method public.shipping_methods;
    coupon public.coupons;
    refusal text;
    discount numeric := 0;
    shipping numeric;
    total numeric;
    new_order public.orders;
    written private.written_order;
begin
    if lines.subtotal > largest_amount then
        perform private.raise_invalid(too_large);
    end if;
    if write_order.payment_method <> all(shop.payment_methods)
        or not private.payment_method_ready(write_order.payment_method) then
        perform private.raise_error('payment_method_unavailable');
    end if;

    if write_order.coupon_code is not null then
        select *
        into coupon
        from public.coupons
        where lower(coupons.code) = lower(write_order.coupon_code);

        refusal := private.check_coupon(
            coupon,
            lines.subtotal,
            write_order.buyer,
            coalesce(write_order.guest_email, private.confirmed_email(write_order.buyer))
        );
        if refusal is not null then
            perform private.raise_error('coupon_' || refusal);
        end if;
        discount := private.coupon_discount(coupon, lines.subtotal);
        if discount > 0 then
            lines := private.discounted_lines(lines, discount, shop.currency_decimals);
        end if;
    end if;

    select *
    into method
    from public.shipping_methods
    where shipping_methods.id = write_order.shipping_method_id
        and shipping_methods.is_active;
    if method.id is null
        or method.zones <> '{}' and not private.serves(method.zones, address ->> 'country', address ->> 'city') then
        perform private.raise_error('shipping_unavailable');
    end if;
    shipping := case
        when coupon.discount_type = 'free_shipping' then 0
        else private.shipping_price(method, lines.subtotal)
    end;
    total := lines.subtotal - discount + shipping;
    if total > largest_amount then
        perform private.raise_invalid(too_large);
    end if;

    insert into public.orders (
        order_number, user_id, guest_email, guest_phone, payment_status, payment_method, currency,
        subtotal, discount_amount, shipping_cost, tax_amount, total,
        coupon_id, shipping_method_id, shipping_address, billing_address, notes, language, reservation_expires_at
    )
    values (
        private.next_order_number(shop.order_number_prefix, shop.time_zone),
        write_order.buyer,
        write_order.guest_email,
        write_order.guest_phone,
        case when total = 0 then 'paid' else 'pending' end,
        write_order.payment_method,
        shop.currency,
        lines.subtotal,
        discount,
        shipping,
        lines.tax + private.contained_tax(shipping, shop.shipping_tax_rate, shop.currency_decimals),
        total,
        coupon.id,
        method.id,
        write_order.address,
        write_order.billing_address,
        write_order.notes,
        coalesce((private.request_languages())[1], shop.languages[1]),
        now() + case write_order.payment_method when 'cod' then shop.cod_hold else shop.online_hold end
    )
    returning *
    into new_order;

    with lines_written as (
        insert into public.order_items (
            order_id, product_id, category_id, sku, name, options, quantity,
            unit_price, discount_amount, tax_rate, tax_amount, line_total
        )
        select
            new_order.id, line.product_id, line.category_id, line.sku, line.name, line.options, line.quantity,
            line.unit_price, line.discount, line.tax_rate, line.tax, line.total
        from unnest(
            lines.product_ids, lines.category_ids, lines.skus, lines.names, lines.options, lines.quantities,
            lines.unit_prices, lines.discounts, lines.tax_rates, lines.taxes, lines.totals
        ) as line (
            product_id, category_id, sku, name, options, quantity, unit_price, discount, tax_rate, tax, total
        )
        returning order_items as line
    )

    select jsonb_agg(
        private.line_document(lines_written.line)
        order by (lines_written.line).name, (lines_written.line).product_id
    )
    into written.lines
    from lines_written;

    insert into public.payments (order_id, provider, amount, currency, status, paid_at)
    values (
        new_order.id, new_order.payment_method, new_order.total, new_order.currency, new_order.payment_status,
        case when total = 0 then now() end
    );

    insert into public.order_origins (order_id, ip_address, user_agent, guest_access_until)
    values (new_order.id, private.client_ip(), left(private.request_header('user-agent'), 500), guest_access_until);

    insert into public.stock_reservations (order_id, product_id, quantity, expires_at)
    select new_order.id, line.product_id, line.quantity, new_order.reservation_expires_at
    from unnest(lines.product_ids, lines.quantities) as line (product_id, quantity);

    insert into public.stock_movements (product_id, quantity, kind, order_id, actor_id)
    select line.product_id, -line.quantity, 'reserve', new_order.id, write_order.buyer
    from unnest(lines.product_ids, lines.quantities) as line (product_id, quantity);

    insert into private.outbox (topic, payload)
    values ('order.placed', jsonb_build_object('order_id', new_order.id));

    -- With nothing to pay there is nothing to wait for: place_order confirms it as soon as its stock is taken.
    if total = 0 then
        new_order.status := 'confirmed';
    end if;
    written.placed := new_order;
    written.guest_token := private.derived_guest_token(new_order.id, guest_access_until);
    return written;
end;
$$;
