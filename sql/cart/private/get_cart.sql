create function private.get_cart()
    returns jsonb
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select private.cart_document(private.require_user());
$$;
grant execute on function private.get_cart to anon, authenticated, service_role;
