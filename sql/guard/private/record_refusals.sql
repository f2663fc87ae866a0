-- What is wrong with a list of refusals: an object of field to fault, null when nothing is. Only what makes an entry no
-- event at all; the rest of an entry is the client's own text, and is made to fit.
create function private.refusal_faults(events jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(refusal_faults.events) is distinct from 'array' then
        return '{"events": ["not_array", {"reason": "must be an array of objects"}]}'::jsonb;
    end if;
    if jsonb_array_length(refusal_faults.events) > 1000 then
        return '{"events": ["too_many", 1000]}'::jsonb;
    end if;

    return (
        select jsonb_object_agg(
            format(case when jsonb_typeof(event.value) = 'object' then 'events.%s.event_type' else 'events.%s' end, event.position - 1),
            case when jsonb_typeof(event.value) = 'object' then '["required"]'::jsonb else '["not_object"]' end
        )
        from jsonb_array_elements(refusal_faults.events) with ordinality as event (value, position)
        where nullif(btrim(event.value ->> 'event_type'), '') is null
    );
end;
$$;

-- Logs what the edge refused and blocks repeat offenders. Returns the number of events written.
create function private.record_refusals(events jsonb)
    returns integer
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    addresses inet[];
    written integer;
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(private.refusal_faults(record_refusals.events));

    with event as (
        select
            left(btrim(entry ->> 'event_type'), 50) as event_type,
            entry ->> 'severity' as severity,
            case when entry ->> 'ip_address' not like '%/%' then private.to_inet(entry ->> 'ip_address') end as ip_address,
            left(entry ->> 'user_agent', 500) as user_agent,
            left(entry ->> 'endpoint', 500) as endpoint,
            private.to_uuid(entry ->> 'user_id') as user_id,
            left(entry ->> 'request_id', 128) as request_id,
            nullif(entry -> 'request_data', 'null'::jsonb) as request_data,
            private.to_time(entry ->> 'created_at') as created_at
        from jsonb_array_elements(record_refusals.events) as entry
    ),

    logged as (
        insert into public.security_logs (
            event_type, severity, ip_address, user_agent, endpoint, user_id, request_id, request_data, created_at
        )
        select
            event.event_type,
            case
                when event.severity in ('info', 'warning', 'error', 'critical') then event.severity
                else 'warning'
            end,
            event.ip_address,
            event.user_agent,
            event.endpoint,
            event.user_id,
            event.request_id,
            event.request_data,
            -- A clock that is fast must not keep an address under suspicion.
            least(coalesce(event.created_at, now()), now())
        from event
        returning security_logs.ip_address
    )

    select count(*), array_agg(distinct logged.ip_address) filter (where logged.ip_address is not null)
    into written, addresses
    from logged;

    perform private.block_repeat_offenders(addresses);
    return written;
end;
$$;
grant execute on function private.record_refusals to service_role;
