create function public.sync_cart(items jsonb)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.sync_cart(items);
end;
$$;
comment on function public.sync_cart is
    'On sign-in: adds the browser''s lines [{product_id, quantity}] to the caller''s cart and returns it (see get_cart). Lines already in the cart win; repeated products are summed; what cannot be had is kept with its issue. Errors: unauthenticated, invalid_input.';
grant execute on function public.sync_cart to anon, authenticated, service_role;
