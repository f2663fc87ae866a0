create function public.me()
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.me();
end;
$$;
comment on function public.me is
    'The caller: {id, email, role, name, phone, aal}. role: customer | admin; aal: aal2 after a second factor. Errors: unauthenticated.';
grant execute on function public.me to anon, authenticated, service_role;
