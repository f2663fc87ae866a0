-- Logs an event with what is known about the request. It commits with the caller's transaction, so it is for callers that
-- answer; what raises is logged by the edge. A read-only request can't be logged here.
create function private.log_security_event(
    event_type text,
    severity text default 'info',
    request_data jsonb default null,
    user_id uuid default null
)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if current_setting('transaction_read_only')::boolean then
        raise log 'Security event in a read-only request: % (%) %',
            log_security_event.event_type, log_security_event.severity, log_security_event.request_data;
        return;
    end if;

    insert into public.security_logs (event_type, severity, user_id, ip_address, user_agent, endpoint, request_data, request_id)
    values (
        log_security_event.event_type,
        log_security_event.severity,
        coalesce(log_security_event.user_id, private.caller_id()),
        private.client_ip(),
        left(private.request_header('user-agent'), 500),
        left(nullif(concat_ws(
            ' ',
            nullif(current_setting('request.method', true), ''),
            nullif(current_setting('request.path', true), '')
        ), ''), 500),
        log_security_event.request_data,
        private.request_id()
    );
end;
$$;
