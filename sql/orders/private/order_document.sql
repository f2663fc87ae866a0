-- An order as place_order, cancel_order and guest_order return it.

create function private.line_document(line public.order_items)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return jsonb_build_object(
        'id', line.id,
        'product_id', line.product_id,
        'sku', line.sku,
        'name', line.name,
        'options', line.options,
        'quantity', line.quantity,
        'unit_price', line.unit_price,
        'discount_amount', line.discount_amount,
        'tax_rate', line.tax_rate,
        'tax_amount', line.tax_amount,
        'line_total', line.line_total
    );
end;
$$;

-- lines: those of line_document.
create function private.order_with_lines(placed public.orders, lines jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return jsonb_build_object(
        'id', placed.id,
        'order_number', placed.order_number,
        'status', placed.status,
        'payment_status', placed.payment_status,
        'payment_method', placed.payment_method,
        'currency', placed.currency,
        'subtotal', placed.subtotal,
        'discount_amount', placed.discount_amount,
        'shipping_cost', placed.shipping_cost,
        'tax_amount', placed.tax_amount,
        'total', placed.total,
        'items', lines,
        'shipping_address', placed.shipping_address,
        'placed_at', placed.placed_at,
        'reservation_expires_at', placed.reservation_expires_at,
        'next_action', case
            when placed.status = 'pending' and placed.payment_status in ('pending', 'failed') and placed.payment_method <> 'cod'
                then jsonb_build_object('type', placed.payment_method)
        end
    );
end;
$$;

create function private.order_document(order_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select private.order_with_lines(orders, (
            select jsonb_agg(private.line_document(order_items) order by order_items.name, order_items.product_id)
            from public.order_items
            where order_items.order_id = orders.id
        ))
        from public.orders
        where orders.id = order_document.order_id
    );
end;
$$;
