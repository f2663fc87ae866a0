create function private.me()
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.require_user();
    answer jsonb;
begin
    -- The profile is made with the account, by a trigger that gives up rather than fail a sign-up.
    if not current_setting('transaction_read_only')::boolean then
        insert into public.user_profiles (id)
        select users.id
        from auth.users
        where users.id = caller
            and not exists (
                select
                from public.user_profiles
                where user_profiles.id = caller
            )
        on conflict (id) do nothing;
    end if;

    select jsonb_build_object(
        'id', users.id,
        'email', users.email,
        'role', coalesce(user_profiles.role, 'customer'),
        'name', user_profiles.name,
        'phone', user_profiles.phone,
        'aal', coalesce(auth.jwt() ->> 'aal', 'aal1')
    )
    into answer
    from auth.users
    left join public.user_profiles on user_profiles.id = users.id
    where users.id = caller;

    -- A token outlives its account.
    if answer is null then
        perform private.raise_error('unauthenticated');
    end if;
    return answer;
end;
$$;
grant execute on function private.me to anon, authenticated, service_role;
