-- The server's lines win; the client's other lines are added as they are, with their issue where they can't be had; a line
-- holds 999 units at most. What is no product at all is left out.
create function private.sync_cart(items jsonb)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
begin
    perform private.raise_invalid(private.item_faults(coalesce(sync_cart.items, 'null'::jsonb)));
    perform private.lock_cart(caller);

    insert into public.cart_items (user_id, product_id, quantity, was_on_show)
    select
        caller,
        line.product_id,
        least(line.quantity, 999),
        exists (select from private.products_on_show as shown where shown.id = line.product_id)
    from private.summed_items(sync_cart.items) as line
    inner join public.products on products.id = line.product_id
    on conflict on constraint cart_items_user_product_unique do nothing;

    return private.cart_document(caller);
end;
$$;
grant execute on function private.sync_cart to anon, authenticated, service_role;
