-- Puts a line in the cart with this quantity, if it can be had. The caller holds the cart's lock.
create function private.set_cart_line(user_id uuid, product_id uuid, quantity bigint)
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    product public.products;
    available integer;
begin
    if set_cart_line.quantity > 999 then
        perform private.raise_invalid('{"quantity": ["above", 999, {"reason": "must be at most 999 units of a product"}]}');
    end if;

    select *
    into product
    from public.products
    where products.id = set_cart_line.product_id;

    if product.id is null or not private.is_sellable(product) then
        perform private.raise_error(
            'product_unavailable',
            details => jsonb_build_array(jsonb_build_object('product_id', set_cart_line.product_id))
        );
    end if;

    available := private.available_stock(product.id);
    if coalesce(available, 0) < set_cart_line.quantity then
        perform private.raise_error('out_of_stock', details => jsonb_build_array(jsonb_build_object(
            'product_id', product.id,
            'requested', set_cart_line.quantity,
            'available', greatest(coalesce(available, 0), 0)
        )));
    end if;

    insert into public.cart_items (user_id, product_id, quantity)
    values (set_cart_line.user_id, product.id, set_cart_line.quantity)
    on conflict on constraint cart_items_user_product_unique
    do update set quantity = excluded.quantity;
end;
$$;
