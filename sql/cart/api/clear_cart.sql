create function public.clear_cart()
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.clear_cart();
end;
$$;
comment on function public.clear_cart is
    'Empties the caller''s cart and returns it (see get_cart). Errors: unauthenticated.';
grant execute on function public.clear_cart to anon, authenticated, service_role;
