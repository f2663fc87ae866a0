create function public.edge_configuration()
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.edge_configuration();
end;
$$;
comment on function public.edge_configuration is
    'For the edge, with the secret key only: {settings: {key: value}, blocked_addresses: [{ip, source, until}], reading_functions: [name], signing_key, now}. settings are all of system_settings; blocked_addresses those blocked for a time that is not over (IPv4 addresses, and /64 networks of IPv6), to be refused while rate_limits.enabled where their source is automatic, always where it is manual; reading_functions those under /rpc that change nothing, though they are called by POST; signing_key, in hex, signs the header x-primostore-client; now is the database''s time, by which windows of limits are counted. Errors: forbidden.';
grant execute on function public.edge_configuration to service_role;
