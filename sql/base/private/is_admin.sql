-- Why the caller has no admin rights, as an error code; null when it has them. Read from the profile, not from the
-- token: a role that was taken away is gone at once.
create function private.admin_refusal()
    returns text
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller uuid := private.caller_id();
    allowlist jsonb;
begin
    if caller is null then
        return 'unauthenticated';
    end if;
    if not exists (
        select
        from public.user_profiles
        where user_profiles.id = caller and user_profiles.role = 'admin'
    ) then
        return 'forbidden';
    end if;

    allowlist := private.setting('security.admin_ip_allowlist');
    if allowlist <> '[]'::jsonb and not private.is_listed_address(private.client_ip(), allowlist) then
        return 'forbidden';
    end if;
    if private.setting_boolean('security.admin_mfa_required') and auth.jwt() ->> 'aal' is distinct from 'aal2' then
        return 'mfa_required';
    end if;
    return null;
end;
$$;

-- Whether the caller is a person with an admin's rights now. For policies; wrap it: (select private.is_admin()).
create function private.is_admin()
    returns boolean
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    -- Found out when the request arrived.
    return private.caller_role() = 'primostore_admin' or private.admin_refusal() is null;
end;
$$;
grant execute on function private.is_admin to anon, authenticated, service_role;
