create function private.edge_configuration()
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    return jsonb_build_object(
        'settings', (select jsonb_object_agg(system_settings.key, system_settings.value) from public.system_settings),
        'blocked_addresses', (
            select coalesce(jsonb_agg(
                jsonb_build_object(
                    'ip', abbrev(blocked_addresses.ip),
                    'source', blocked_addresses.source,
                    'until', blocked_addresses.until
                )
                order by blocked_addresses.ip
            ), '[]'::jsonb)
            from private.blocked_addresses
            where blocked_addresses.until > now()
        ),
        -- Clients call functions by POST, those too that change nothing.
        'reading_functions', (
            select coalesce(jsonb_agg(distinct pg_proc.proname), '[]'::jsonb)
            from pg_catalog.pg_proc
            where pg_proc.pronamespace = 'public'::regnamespace and pg_proc.provolatile <> 'v'
        ),
        'signing_key', (select encode(secrets.value, 'hex') from private.secrets where secrets.name = 'edge'),
        'now', now()
    );
end;
$$;
grant execute on function private.edge_configuration to service_role;
