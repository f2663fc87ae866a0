-- The amounts of orders would silently mean something else.
create function private.currency_change_fault(key text, value text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if currency_change_fault.key = 'store.currency' and exists (
        select
        from public.orders
        where orders.currency <> currency_change_fault.value
    ) then
        return 'cannot change once there are orders';
    end if;
    return null;
end;
$$;
