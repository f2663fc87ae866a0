create function public.admin_set_user_role(user_id uuid, role text)
    returns public.user_profiles
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.admin_set_user_role(user_id, role);
end;
$$;
comment on function public.admin_set_user_role is
    'Makes a user a customer or an admin and returns its profile. Admins only. Errors: unauthenticated, forbidden, mfa_required, invalid_input, not_found, last_admin.';
grant execute on function public.admin_set_user_role to anon, authenticated, service_role;
