-- The cart as every cart call returns it.
create function private.cart_document(user_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        with lines as (
            select
                cart_items.id,
                cart_items.product_id,
                cart_items.created_at,
                cart_items.quantity,
                told.slug,
                told.sku,
                private.localise(told.translations, 'name', told.name) as name,
                told.options,
                told.price,
                images.url as image_url,
                private.available_stock(sold.id) as available
            from public.cart_items
            left join private.sellable_products as sold on sold.id = cart_items.product_id
            -- Of a hidden product, a customer who has never seen it is told nothing.
            left join public.products as told
                on told.id = cart_items.product_id
                and (
                    cart_items.was_on_show
                    or exists (select from private.products_on_show as shown where shown.id = cart_items.product_id)
                )
            left join lateral (
                select product_images.url
                from public.product_images
                where product_images.product_id in (told.id, told.parent_id)
                order by product_images.product_id = told.id desc, product_images.is_primary desc, product_images.sort_order
                limit 1
            ) as images on true
            where cart_items.user_id = cart_document.user_id
        )

        select jsonb_build_object(
            'items', coalesce(
                jsonb_agg(
                    jsonb_build_object(
                        'id', lines.id,
                        'product_id', lines.product_id,
                        'slug', lines.slug,
                        'sku', lines.sku,
                        'name', lines.name,
                        'options', lines.options,
                        'image_url', lines.image_url,
                        'quantity', lines.quantity,
                        'unit_price', lines.price,
                        'line_total', lines.quantity * lines.price,
                        'available', coalesce(lines.available, 0),
                        'issue', case
                            when lines.available is null then 'unavailable'
                            when lines.available <= 0 then 'out_of_stock'
                            when lines.available < lines.quantity then 'insufficient_stock'
                        end
                    )
                    order by lines.created_at, lines.product_id
                ),
                '[]'::jsonb
            ),
            'item_count', coalesce(sum(lines.quantity), 0),
            'subtotal', coalesce(sum(lines.quantity * lines.price), 0.00),
            'currency', private.setting_text('store.currency')
        )
        from lines
    );
end;
$$;
