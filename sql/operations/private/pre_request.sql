-- Before every request through the Data API, as the request's role: refuses blocked addresses and user agents, and who
-- writes too much. A read-only request writes nothing, so it counts nothing. The service is not a visitor and passes.
create function private.pre_request()
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    caller_ip inet;
    agent text;
    is_blocked boolean;
    limits jsonb;
begin
    if private.is_service() then
        return;
    end if;

    -- Odd headers are no reason to fail, only none to be recognised by.
    begin
        caller_ip := private.client_ip();
        agent := lower(private.request_header('user-agent'));
    exception
        when data_exception then
            null;
    end;

    select
        bool_or(
            case system_settings.key
                when 'security.blocked_ips' then exists (
                    select
                    from jsonb_array_elements_text(system_settings.value) as blocked (network)
                    where caller_ip <<= blocked.network::inet
                )
                when 'security.blocked_user_agents' then exists (
                    select
                    from jsonb_array_elements_text(system_settings.value) as blocked (part)
                    where position(lower(blocked.part) in agent) > 0
                )
                when 'rate_limits.enabled' then system_settings.value::boolean and exists (
                    select
                    from private.blocked_addresses
                    where blocked_addresses.ip = caller_ip and blocked_addresses.until > now()
                )
            end
        ),
        jsonb_object_agg(system_settings.key, system_settings.value) filter (where system_settings.key like 'rate_limits.%')
    into is_blocked, limits
    from public.system_settings
    where system_settings.key in (
        'security.blocked_ips', 'security.blocked_user_agents', 'rate_limits.enabled',
        'rate_limits.orders', 'rate_limits.product_create', 'rate_limits.admin', 'rate_limits.general'
    );

    if is_blocked then
        perform private.raise_error('blocked');
    end if;
    if (limits ->> 'rate_limits.enabled')::boolean and not current_setting('transaction_read_only')::boolean then
        perform private.count_write(caller_ip, limits);
    end if;
end;
$$;
grant execute on function private.pre_request to anon, authenticated, service_role;

alter role authenticator set pgrst.db_pre_request = 'private.pre_request';
notify pgrst, 'reload config';
