-- Writes a new order with all its cold rows, computing every amount. The hot ones, coupon and stock, are not touched:
-- place_order takes them last.
create function private.write_order(
    buyer uuid,
    shipping_address jsonb,
    shipping_method_id uuid,
    payment_method text,
    items jsonb,
    coupon_code text,
    billing_address jsonb,
    notes text,
    guest_email text,
    guest_phone text
)
    returns public.orders
    set search_path = ''
    language plpgsql
    as $$
declare
    largest_amount constant numeric := 99999999.99;
    too_large constant jsonb := '{"items": "come to more than an order can hold (99999999.99)"}'::jsonb;
    snapshot jsonb;
    address jsonb := private.clean_address(write_order.shipping_address);
    method public.shipping_methods;
    coupon public.coupons;
    refusal text;
    sum_of_lines numeric;
    discount numeric := 0;
    shipping numeric;
    new_order public.orders;
begin
    if write_order.items is null or write_order.items = '[]' then
        perform private.raise_error('cart_empty');
    end if;
    snapshot := private.snapshot_lines(write_order.items);
    sum_of_lines := (
        select sum(line.quantity * line.unit_price)
        from jsonb_to_recordset(snapshot) as line (quantity integer, unit_price numeric)
    );
    if sum_of_lines > largest_amount then
        perform private.raise_invalid(too_large);
    end if;

    if not private.setting('checkout.payment_methods') ? write_order.payment_method then
        perform private.raise_error('payment_method_unavailable');
    end if;

    if nullif(btrim(write_order.coupon_code), '') is not null then
        select *
        into coupon
        from public.coupons
        where lower(coupons.code) = lower(btrim(write_order.coupon_code));

        refusal := private.check_coupon(
            coupon,
            sum_of_lines,
            write_order.buyer,
            coalesce(write_order.guest_email, private.confirmed_email(write_order.buyer))
        );
        if refusal is not null then
            perform private.raise_error('coupon_' || refusal);
        end if;
        discount := private.coupon_discount(coupon, sum_of_lines);
    end if;

    select *
    into method
    from public.shipping_methods
    where shipping_methods.id = write_order.shipping_method_id
        and shipping_methods.is_active
        and private.serves(shipping_methods.zones, address ->> 'country', address ->> 'city');
    if method.id is null then
        perform private.raise_error('shipping_unavailable');
    end if;
    shipping := case
        when coupon.discount_type = 'free_shipping' then 0
        else private.shipping_price(method, sum_of_lines)
    end;

    if sum_of_lines - discount + shipping > largest_amount then
        perform private.raise_invalid(too_large);
    end if;

    with priced as materialized (
        select line.*
        from private.price_lines(snapshot, discount) as line
    ),

    written as (
        insert into public.orders (
            order_number, user_id, guest_email, guest_phone, payment_method, currency,
            subtotal, discount_amount, shipping_cost, tax_amount, total,
            coupon_id, shipping_method_id, shipping_address, billing_address, notes, reservation_expires_at
        )
        values (
            private.next_order_number(),
            write_order.buyer,
            write_order.guest_email,
            write_order.guest_phone,
            write_order.payment_method,
            private.setting_text('store.currency'),
            sum_of_lines,
            discount,
            shipping,
            (select sum(priced.tax_amount) from priced)
            + private.contained_tax(shipping, (private.setting('tax.shipping_rate') #>> '{}')::numeric),
            sum_of_lines - discount + shipping,
            coupon.id,
            method.id,
            address,
            private.clean_address(write_order.billing_address),
            nullif(btrim(write_order.notes), ''),
            now() + case write_order.payment_method
                when 'cod' then make_interval(hours => private.setting_int('checkout.cod_hold_hours'))
                else make_interval(mins => private.setting_int('checkout.online_hold_minutes'))
            end
        )
        returning *
    ),

    lines_written as (
        insert into public.order_items (
            order_id, product_id, sku, name, options, quantity,
            unit_price, discount_amount, tax_rate, tax_amount, line_total
        )
        select
            written.id, priced.product_id, priced.sku, priced.name, priced.options, priced.quantity,
            priced.unit_price, priced.discount_amount, priced.tax_rate, priced.tax_amount, priced.line_total
        from written
        cross join priced
    )

    select *
    into new_order
    from written;

    insert into public.payments (order_id, provider, amount, currency, status, paid_at)
    values (
        new_order.id,
        new_order.payment_method,
        new_order.total,
        new_order.currency,
        case when new_order.total = 0 then 'paid' else 'pending' end,
        case when new_order.total = 0 then now() end
    );
    if new_order.total = 0 then
        update public.orders
        set payment_status = 'paid'
        where orders.id = new_order.id
        returning * into new_order;
    end if;

    insert into public.order_origins (order_id, ip_address, user_agent)
    values (new_order.id, private.client_ip(), left(private.request_header('user-agent'), 500));

    if write_order.buyer is null then
        insert into private.guest_access (order_id, expires_at)
        values (new_order.id, now() + interval '90 days');
    end if;

    perform private.enqueue('order.placed', jsonb_build_object('order_id', new_order.id));
    return new_order;
end;
$$;
