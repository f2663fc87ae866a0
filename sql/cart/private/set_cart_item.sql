create function private.set_cart_item(product_id uuid, quantity integer)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
begin
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case when set_cart_item.product_id is null then '["required"]'::jsonb end,
        'quantity', case
            when set_cart_item.quantity is null then '["required"]'::jsonb
            when set_cart_item.quantity < 0 then '["below", 0]'
            when set_cart_item.quantity > 999 then '["above", 999]'
        end
    ));

    perform private.lock_cart(caller);
    if set_cart_item.quantity = 0 then
        delete from public.cart_items
        where cart_items.user_id = caller and cart_items.product_id = set_cart_item.product_id;
    else
        perform private.set_cart_line(caller, set_cart_item.product_id, set_cart_item.quantity);
    end if;
    return private.cart_document(caller);
end;
$$;
grant execute on function private.set_cart_item to anon, authenticated, service_role;
