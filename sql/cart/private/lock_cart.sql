-- One request at a time on one customer's cart, the order that empties it included.
create function private.lock_cart(user_id uuid)
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('cart:' || lock_cart.user_id, 0));
end;
$$;
