create function public.admin_update_settings(changes jsonb, confirm boolean default false)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.admin_update_settings(changes, confirm);
end;
$$;
comment on function public.admin_update_settings is
    'Changes settings, {key: value, …}, all or nothing, and returns those changed; null unsets what can be unset. What would shut the caller out (a second factor they lack, addresses that are not theirs) is locks_out, unless confirm is true. Admins only. Errors: unauthenticated, forbidden, mfa_required, invalid_input ({key: reason}).';
grant execute on function public.admin_update_settings to anon, authenticated, service_role;
