create function public.admin_update_settings(changes jsonb)
    returns jsonb
    set search_path = ''
    language sql
    as $$
    select private.admin_update_settings(changes);
$$;
comment on function public.admin_update_settings is
    'Changes settings, {key: value, …}, all or nothing, and returns those changed; null unsets what can be unset. Admins only. Errors: unauthenticated, forbidden, mfa_required, invalid_input ({key: reason}).';
grant execute on function public.admin_update_settings to anon, authenticated, service_role;
