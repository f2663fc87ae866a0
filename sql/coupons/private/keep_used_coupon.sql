-- Orders say what they cost less by. The foreign keys have the last word; this says who uses the coupon.
create function private.keep_used_coupon()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_in_use(jsonb_build_object('orders', (
        select count(*)
        from public.orders
        where orders.coupon_id = old.id
    )));
    return old;
end;
$$;
