-- Gives a worker messages to deliver, each to nobody else for a minute.
create function private.claim_messages(max_messages integer, worker text)
    returns table (
        id bigint,
        topic text,
        order_id uuid,
        payload jsonb,
        channel text,
        receiver text,
        language text,
        attempts integer,
        created_at timestamptz,
        lease_until timestamptz
    )
    security definer
    set search_path = ''
    rows 20
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;
    perform private.raise_invalid(jsonb_build_object(
        'max_messages', case
            when claim_messages.max_messages is null then '["required"]'::jsonb
            when claim_messages.max_messages < 1 then '["below", 1]'
            when claim_messages.max_messages > 100 then '["above", 100]'
        end,
        'worker', private.text_fault(claim_messages.worker, 200, required => true)
    ));
    perform private.address_messages();

    -- Whoever had these for the last time never said what became of them.
    update private.messages
    set state = 'dead', last_error = coalesce(messages.last_error, 'No worker said what became of it.')
    where messages.state = 'waiting' and messages.attempts >= 10 and messages.next_attempt_at <= now();

    return query
    with claimed as (
        update private.messages
        set
            attempts = messages.attempts + 1,
            next_attempt_at = now() + interval '1 minute',
            worker = claim_messages.worker
        where messages.id = any(array(
            select due.id
            from private.messages as due
            where due.state = 'waiting' and due.next_attempt_at <= now() and due.attempts < 10
            order by due.next_attempt_at, due.id
            limit claim_messages.max_messages
            for update skip locked
        ))
        returning messages.*
    )

    select
        claimed.id,
        claimed.topic,
        claimed.order_id,
        claimed.payload,
        claimed.channel,
        claimed.receiver,
        coalesce(orders.language, private.setting('store.languages') ->> 0),
        claimed.attempts,
        claimed.created_at,
        claimed.next_attempt_at
    from claimed
    left join public.orders on orders.id = claimed.order_id
    order by claimed.id;
end;
$$;
grant execute on function private.claim_messages to service_role;
