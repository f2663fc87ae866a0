create function private.claim_guest_orders()
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
    email text := private.confirmed_email(caller);
    claimed integer;
begin
    if email is null then
        perform private.raise_error(
            'forbidden',
            'Your e-mail address is not confirmed.',
            hint => 'Confirm it with the link in the mail, then try again.'
        );
    end if;

    with attached as (
        update public.orders
        set user_id = caller,
            guest_email = null
        where orders.guest_email is not null
            and lower(orders.guest_email) = email
        returning orders.id
    ),

    used as (
        update public.coupon_usage
        set user_id = caller
        from attached
        where coupon_usage.order_id = attached.id
    )

    select count(*)
    into claimed
    from attached;
    return claimed;
end;
$$;
grant execute on function private.claim_guest_orders to anon, authenticated, service_role;
