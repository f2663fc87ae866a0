-- The order that a customer may pay: their own, or the one that the guest token opens. Null otherwise, and counted where
-- a token was tried.
create function private.open_payable_order(order_id uuid, user_id uuid, guest_token text)
    returns uuid
    set search_path = ''
    language plpgsql
    as $$
begin
    if exists (
        select
        from public.orders
        where orders.id = open_payable_order.order_id and orders.user_id = open_payable_order.user_id
    ) then
        return open_payable_order.order_id;
    end if;
    if open_payable_order.guest_token is null then
        return null;
    end if;
    return private.open_with_guest_token(
        open_payable_order.order_id,
        open_payable_order.guest_token,
        jsonb_build_object('order_id', open_payable_order.order_id)
    );
end;
$$;
