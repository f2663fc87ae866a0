create function private.add_to_cart(product_id uuid, quantity integer)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
    in_cart integer;
begin
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case when add_to_cart.product_id is null then '["required"]'::jsonb end,
        'quantity', case
            when add_to_cart.quantity is null then '["required"]'::jsonb
            when add_to_cart.quantity < 1 then '["below", 1]'
            when add_to_cart.quantity > 999 then '["above", 999]'
        end
    ));

    perform private.lock_cart(caller);
    select cart_items.quantity
    into in_cart
    from public.cart_items
    where cart_items.user_id = caller and cart_items.product_id = add_to_cart.product_id;

    perform private.set_cart_line(caller, add_to_cart.product_id, coalesce(in_cart, 0) + add_to_cart.quantity);
    return private.cart_document(caller);
end;
$$;
grant execute on function private.add_to_cart to anon, authenticated, service_role;
