create function public.record_refusals(events jsonb)
    returns integer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.record_refusals(events);
end;
$$;
comment on function public.record_refusals is
    'For the edge, with the secret key only: adds at most 1000 events [{event_type, severity, ip_address, user_agent, endpoint, user_id, request_id, request_data, created_at}] to security_logs and returns their number. Only event_type is required. Texts are cut to fit; an address, id or time that can''t be read is left out, an unknown severity is a warning, and so is none: the edge says info of what honest clients do too, which counts towards no block. A customer (an IPv4 address, or a /64 of IPv6) refused security.auto_block_after times within ten minutes is blocked for security.auto_block_minutes, with an event address_blocked. Errors: forbidden, invalid_input.';
grant execute on function public.record_refusals to service_role;
