create function private.claim_guest_orders()
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
    email text := private.confirmed_email(caller);
    order_ids uuid[];
    claimed integer;
begin
    if email is null then
        perform private.raise_error(
            'forbidden',
            'Your e-mail address is not confirmed.',
            hint => 'Confirm it with the link in the mail, then try again.'
        );
    end if;

    order_ids := array(
        select orders.id
        from public.orders
        where orders.guest_email is not null
            and lower(orders.guest_email) = email
    );
    if order_ids = '{}' then
        return 0;
    end if;
    perform private.lock_orders(order_ids);

    with attached as (
        update public.orders
        set user_id = caller,
            guest_email = null
        where orders.id = any(order_ids)
            and orders.user_id is null
        returning orders.id
    ),

    used as (
        update public.coupon_usage
        set user_id = caller
        from attached
        where coupon_usage.order_id = attached.id
    ),

    -- The order is the account's now, and the guest's token no longer opens it.
    closed as (
        update public.order_origins
        set guest_access_until = null
        from attached
        where order_origins.order_id = attached.id
    )

    select count(*)
    into claimed
    from attached;
    return claimed;
end;
$$;
grant execute on function private.claim_guest_orders to anon, authenticated, service_role;
