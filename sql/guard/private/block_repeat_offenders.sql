-- Blocks, for security.auto_block_minutes, those of these addresses that were refused security.auto_block_after times
-- within ten minutes, and logs each new block. An IPv6 address stands for its /64. What was refused before or during an
-- earlier block counts no more. Nobody is blocked while limits are off, nor an address that admins may come from, nor a
-- private one: a gateway's stands for everybody behind it. Returns the number of new blocks.
create function private.block_repeat_offenders(addresses inet[])
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    enough constant integer := private.setting_int('security.auto_block_after');
    -- This machine, the networks of RFC 1918 and 6598, local links, and RFC 4193.
    private_networks constant inet[] := array[
        '127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', '169.254.0.0/16',
        '::1/64', 'fc00::/7', 'fe80::/10'
    ]::inet[];
    block_minutes constant integer := private.setting_int('security.auto_block_minutes');
    blocked integer;
begin
    if not private.setting_boolean('rate_limits.enabled') then
        return 0;
    end if;

    with offenders as (
        select suspect.ip
        from (
            select
                customer.ip,
                set_masklen(broadcast(customer.ip), case family(customer.ip) when 4 then 32 else 128 end) as last_ip
            from (
                select distinct private.client_network(address)
                from unnest(block_repeat_offenders.addresses) as address
            ) as customer (ip)
        ) as suspect
        left join private.blocked_addresses on blocked_addresses.ip = suspect.ip
        cross join lateral (
            select count(*) as count
            from (
                select
                from public.security_logs
                -- As a range, because an index answers that.
                where security_logs.ip_address between suspect.ip and suspect.last_ip
                    and security_logs.created_at >= now() - interval '10 minutes'
                    and security_logs.created_at > coalesce(blocked_addresses.until, '-infinity')
                    and security_logs.severity in ('warning', 'error', 'critical')
                    and security_logs.event_type in (select refusal_types.event_type from private.refusal_types)
                limit enough
            ) as refusal
        ) as refusals
        where refusals.count >= enough
            and not suspect.ip <<= any(private_networks)
            and not exists (
                select
                from jsonb_array_elements_text(private.setting('security.admin_ip_allowlist')) as allowed (network)
                where suspect.ip && allowed.network::inet
            )
    ),

    new_blocks as (
        insert into private.blocked_addresses (ip, until, reason)
        select
            offenders.ip,
            now() + make_interval(mins => block_minutes),
            format('%s refusals within ten minutes', enough)
        from offenders
        order by offenders.ip
        on conflict (ip)
        do update set until = excluded.until, source = excluded.source, reason = excluded.reason, created_at = excluded.created_at
        where blocked_addresses.until <= now()
        returning blocked_addresses.ip, blocked_addresses.until, blocked_addresses.reason
    )

    insert into public.security_logs (event_type, severity, ip_address, request_data)
    select
        'address_blocked',
        'error',
        new_blocks.ip,
        jsonb_build_object('until', new_blocks.until, 'reason', new_blocks.reason)
    from new_blocks;
    get diagnostics blocked = row_count;
    return blocked;
end;
$$;
