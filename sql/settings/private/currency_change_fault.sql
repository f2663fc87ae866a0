-- What is wrong with another currency for the store; null when nothing is. The amounts of orders would silently mean something
-- else, and amounts with decimals would not be any of a currency without.
create function private.currency_change_fault(key text, value text)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    present text;
begin
    if currency_change_fault.key <> 'store.currency' then
        return null;
    end if;
    present := private.setting_text('store.currency');
    if present is not distinct from currency_change_fault.value then
        return null;
    end if;

    if exists (
        select
        from public.orders
    ) then
        return '["in_use", {"reason": "cannot change once there are orders"}]'::jsonb;
    end if;
    if private.currency_decimals(currency_change_fault.value) < private.currency_decimals(present) and (
        exists (
            select
            from public.products
            where products.price % 1 <> 0 or products.compare_at_price % 1 <> 0
        )
        or exists (
            select
            from public.product_costs
            where product_costs.cost_price % 1 <> 0
        )
        or exists (
            select
            from public.shipping_methods
            where shipping_methods.price % 1 <> 0 or shipping_methods.free_from % 1 <> 0
        )
        or exists (
            select
            from public.coupons
            where coupons.discount_type = 'fixed' and coupons.discount_value % 1 <> 0
                or coupons.min_order_amount % 1 <> 0
                or coupons.max_discount_amount % 1 <> 0
        )
    ) then
        return '["decimals", 0, {"reason": "has no decimals, and prices, coupons or shipping methods have some"}]'::jsonb;
    end if;
    return null;
end;
$$;
