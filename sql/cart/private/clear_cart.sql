create function private.clear_cart()
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
begin
    perform private.lock_cart(caller);
    delete from public.cart_items
    where cart_items.user_id = caller;
    return private.cart_document(caller);
end;
$$;
grant execute on function private.clear_cart to anon, authenticated, service_role;
