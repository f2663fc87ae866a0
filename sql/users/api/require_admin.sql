create function public.require_admin()
    returns void
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.require_admin();
end;
$$;
comment on function public.require_admin is
    'Answers nothing where the caller has an admin''s rights now, second factor and allowed address included. Errors: unauthenticated, forbidden, mfa_required.';
grant execute on function public.require_admin to anon, authenticated, service_role;
