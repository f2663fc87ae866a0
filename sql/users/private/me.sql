create function private.me()
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller constant uuid := private.require_user();
begin
    -- The profile is made with the account, by a trigger that gives up rather than fail a sign-up.
    if not current_setting('transaction_read_only')::boolean then
        insert into public.user_profiles (id)
        select caller
        where not exists (
            select
            from public.user_profiles
            where user_profiles.id = caller
        )
        on conflict (id) do nothing;
    end if;

    return (
        select jsonb_build_object(
            'id', users.id,
            'email', users.email,
            'role', coalesce(user_profiles.role, 'customer'),
            'name', user_profiles.name,
            'phone', user_profiles.phone,
            'aal', coalesce(auth.jwt() ->> 'aal', 'aal1')
        )
        from auth.users
        left join public.user_profiles on user_profiles.id = users.id
        where users.id = caller
    );
end;
$$;
grant execute on function private.me to anon, authenticated, service_role;
