-- Reads the settings of the guard anew.
create function private.refresh_guard_settings()
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    -- Two who change settings at once take turns here, and the second one then sees what the first one changed.
    perform from private.guard_settings for update;

    insert into private.guard_settings (
        limits_enabled, general_limit, admin_limit, orders_limit, product_create_limit,
        blocked_networks, blocked_agents, client_ip_header, watched_until
    )
    select
        limits.are_enabled,
        private.setting_text('rate_limits.general'),
        private.setting_text('rate_limits.admin'),
        private.setting_text('rate_limits.orders'),
        private.setting_text('rate_limits.product_create'),
        blocked.networks,
        array(
            select '%' || regexp_replace(lower(blocked_agent.part), '([\\%_])', '\\\1', 'g') || '%'
            from jsonb_array_elements_text(private.setting('security.blocked_user_agents')) as blocked_agent (part)
        ),
        (select lower(deployment.value) from private.deployment where deployment.key = 'client_ip_header'),
        case
            when blocked.networks <> '{}' then 'infinity'
            else (
                select coalesce(max(blocked_addresses.until), '-infinity')
                from private.blocked_addresses
                where limits.are_enabled or blocked_addresses.source = 'manual'
            )
        end
    from
        (select private.setting_boolean('rate_limits.enabled')) as limits (are_enabled),
        (
            select array(
                select blocked_ip.network::inet
                from jsonb_array_elements_text(private.setting('security.blocked_ips')) as blocked_ip (network)
            )
        ) as blocked (networks)
    on conflict (is_only)
    do update set
        limits_enabled = excluded.limits_enabled,
        general_limit = excluded.general_limit,
        admin_limit = excluded.admin_limit,
        orders_limit = excluded.orders_limit,
        product_create_limit = excluded.product_create_limit,
        blocked_networks = excluded.blocked_networks,
        blocked_agents = excluded.blocked_agents,
        client_ip_header = excluded.client_ip_header,
        watched_until = excluded.watched_until;
end;
$$;

create function private.keep_guard_settings()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.refresh_guard_settings();
    return null;
end;
$$;
