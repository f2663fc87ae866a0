create function private.admin_set_user_role(user_id uuid, role text)
    returns public.user_profiles
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    changed public.user_profiles;
begin
    perform private.require_admin();
    perform private.raise_invalid(jsonb_build_object(
        'user_id', case when admin_set_user_role.user_id is null then '["required"]'::jsonb end,
        'role', private.role_fault(admin_set_user_role.role)
    ));

    insert into public.user_profiles (id, role)
    select users.id, admin_set_user_role.role
    from auth.users
    where users.id = admin_set_user_role.user_id
    on conflict (id) do update set role = excluded.role
    returning user_profiles.* into changed;

    if changed.id is null then
        perform private.raise_error('not_found', 'There is no such user.');
    end if;
    return changed;
end;
$$;
grant execute on function private.admin_set_user_role to anon, authenticated, service_role;
