-- After the change, and one at a time: of two admins who demote each other at once, the second sees what the first did.
create function private.keep_last_admin()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform pg_advisory_xact_lock(hashtextextended('last_admin', 0));
    if not exists (
        select
        from public.user_profiles
        where user_profiles.role = 'admin'
    ) then
        perform private.raise_error('last_admin', hint => 'Make another user an admin first.');
    end if;
    return null;
end;
$$;
