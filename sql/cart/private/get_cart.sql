create function private.get_cart()
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.cart_document(private.require_user());
end;
$$;
grant execute on function private.get_cart to anon, authenticated, service_role;
