-- Refuses blocked addresses and user agents, and who writes too much, and says whether the caller is an admin. A read-only
-- request writes nothing, so it counts nothing. private.pre_request() says whether this one `is_watched`: what its headers
-- say matters then. Parsing them takes longer than all else here.
create function private.guard_request(is_watched boolean)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    role_name constant text := current_setting('role', true);
    guard private.guard_settings;
    headers jsonb;
    network inet;
    ip inet;
    caller uuid;
    has_admin_role boolean := false;
    is_counted boolean;
begin
    if role_name in ('authenticated', 'primostore_admin') then
        caller := auth.uid();
    elsif role_name is distinct from 'anon' and private.is_service() then
        return false;
    end if;

    select *
    into strict guard
    from private.guard_settings;

    is_counted := guard.limits_enabled and not current_setting('transaction_read_only')::boolean;
    if is_watched or is_counted then
        headers := private.request_headers();
        if headers is not null then
            ip := private.client_ip_in(headers, guard.client_ip_header);
        end if;
        if ip <<= any(guard.blocked_networks) or lower(headers ->> 'user-agent') like any(guard.blocked_agents) then
            perform private.raise_error('blocked');
        end if;

        network := private.client_network(ip);
        if guard.watched_until > now() then
            if exists (
                select
                from private.blocked_addresses
                where blocked_addresses.ip = network
                    and blocked_addresses.until > now()
                    and (guard.limits_enabled or blocked_addresses.source = 'manual')
            ) then
                perform private.raise_error('blocked');
            end if;
        end if;
    end if;

    if caller is not null then
        has_admin_role := exists (
            select
            from public.user_profiles
            where user_profiles.id = caller and user_profiles.role = 'admin'
        );
    end if;
    if is_counted then
        perform private.count_write(guard, network, caller, has_admin_role);
    end if;
    return has_admin_role and private.is_admin();
end;
$$;
grant execute on function private.guard_request to anon, authenticated, service_role;
