-- How often one customer uses a coupon: by account, and by the e-mail that is theirs.
create function private.coupon_uses_of(coupon_id uuid, user_id uuid, email text)
    returns bigint
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select count(*)
        from public.coupon_usage
        where coupon_usage.coupon_id = coupon_uses_of.coupon_id
            and (
                coupon_usage.user_id = coupon_uses_of.user_id
                or coupon_usage.email = lower(coupon_uses_of.email)
            )
    );
end;
$$;
