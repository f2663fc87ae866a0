create function public.add_to_cart(product_id uuid, quantity integer default 1)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.add_to_cart(product_id, quantity);
end;
$$;
comment on function public.add_to_cart is
    'Adds units of a product to the caller''s cart and returns the cart (see get_cart). Errors: unauthenticated, invalid_input, product_unavailable, out_of_stock.';
grant execute on function public.add_to_cart to anon, authenticated, service_role;
