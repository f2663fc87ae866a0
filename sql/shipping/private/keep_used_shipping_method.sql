-- Orders say how they were sent. The foreign key has the last word; this says who uses the method.
create function private.keep_used_shipping_method()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_in_use(jsonb_build_object('orders', (
        select count(*)
        from public.orders
        where orders.shipping_method_id = old.id
    )));
    return old;
end;
$$;
