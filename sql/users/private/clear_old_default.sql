create function private.clear_old_default()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.user_addresses
    set
        is_default_shipping = user_addresses.is_default_shipping and not new.is_default_shipping,
        is_default_billing = user_addresses.is_default_billing and not new.is_default_billing
    where user_addresses.user_id = new.user_id
        and user_addresses.id <> new.id
        and (
            user_addresses.is_default_shipping and new.is_default_shipping
            or user_addresses.is_default_billing and new.is_default_billing
        );
    return new;
end;
$$;
