create function public.set_cart_item(product_id uuid, quantity integer)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.set_cart_item(product_id, quantity);
end;
$$;
comment on function public.set_cart_item is
    'Sets the units of a product in the caller''s cart, 0 removes it; returns the cart (see get_cart). Errors: unauthenticated, invalid_input, product_unavailable, out_of_stock.';
grant execute on function public.set_cart_item to anon, authenticated, service_role;
