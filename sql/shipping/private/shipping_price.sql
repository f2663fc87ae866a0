create function private.shipping_price(method public.shipping_methods, subtotal numeric)
    returns numeric
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case when shipping_price.subtotal >= method.free_from then 0.00 else method.price end;
end;
$$;
grant execute on function private.shipping_price to anon, authenticated, service_role;
