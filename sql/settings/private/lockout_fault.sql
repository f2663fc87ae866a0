-- Whether a valid value of this setting would shut its author out: the fault, or null. The service is exempt.
create function private.lockout_fault(key text, value jsonb)
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.is_service() then
        return null;
    end if;
    return case
        when case lockout_fault.key
            when 'security.admin_mfa_required' then
                lockout_fault.value = 'true' and auth.jwt() ->> 'aal' is distinct from 'aal2'
            when 'security.admin_ip_allowlist' then
                lockout_fault.value <> '[]' and not private.is_listed_address(private.client_ip(), lockout_fault.value)
            when 'security.blocked_ips' then
                private.is_listed_address(private.client_ip(), lockout_fault.value)
            when 'security.blocked_user_agents' then exists (
                select
                from jsonb_array_elements_text(lockout_fault.value) as blocked (part)
                where position(lower(blocked.part) in lower(private.request_header('user-agent'))) > 0
            )
        end then '["locks_out"]'::jsonb
    end;
end;
$$;
grant execute on function private.lockout_fault to authenticated, service_role;

-- A change through the table can't be confirmed. rpc/admin_update_settings, which writes as the table's owner, asks for itself.
create function private.refuse_lockout()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if current_user = private.caller_role() then
        perform private.raise_invalid(jsonb_build_object(new.key, private.lockout_fault(new.key, new.value)));
    end if;
    return new;
end;
$$;
