-- An order as place_order, cancel_order and guest_order return it.
create function private.order_document(order_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select jsonb_build_object(
            'id', orders.id,
            'order_number', orders.order_number,
            'status', orders.status,
            'payment_status', orders.payment_status,
            'payment_method', orders.payment_method,
            'currency', orders.currency,
            'subtotal', orders.subtotal,
            'discount_amount', orders.discount_amount,
            'shipping_cost', orders.shipping_cost,
            'tax_amount', orders.tax_amount,
            'total', orders.total,
            'items', (
                select jsonb_agg(
                    jsonb_build_object(
                        'id', order_items.id,
                        'product_id', order_items.product_id,
                        'sku', order_items.sku,
                        'name', order_items.name,
                        'options', order_items.options,
                        'quantity', order_items.quantity,
                        'unit_price', order_items.unit_price,
                        'discount_amount', order_items.discount_amount,
                        'tax_rate', order_items.tax_rate,
                        'tax_amount', order_items.tax_amount,
                        'line_total', order_items.line_total
                    )
                    order by order_items.name, order_items.product_id
                )
                from public.order_items
                where order_items.order_id = orders.id
            ),
            'shipping_address', orders.shipping_address,
            'placed_at', orders.placed_at,
            'reservation_expires_at', orders.reservation_expires_at,
            'next_action', case
                when orders.status = 'pending' and orders.payment_status in ('pending', 'failed') and orders.payment_method <> 'cod'
                    then jsonb_build_object('type', orders.payment_method)
            end
        )
        from public.orders
        where orders.id = order_document.order_id
    );
end;
$$;
