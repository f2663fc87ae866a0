-- The answer to an event that was stored before. What was refused is refused again; the same event with other content is
-- another one, which two of a provider's reports must not share an id for: that is told, and answered as an error that does
-- not undo what tells it.
create function private.repeated_event(provider text, event_id text, content_digest bytea)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
declare
    known public.payment_events;
    conflict private.error_codes;
begin
    select *
    into strict known
    from public.payment_events
    where payment_events.provider = repeated_event.provider
        and payment_events.event_id = repeated_event.event_id;

    if known.content_digest = repeated_event.content_digest then
        return private.payment_event_answer(
            case when known.result in ('mismatch', 'unknown_order') then known.result else 'duplicate' end,
            known.order_id
        );
    end if;

    perform private.payment_event_alerts('conflict', jsonb_build_object(
        'order_id', known.order_id,
        'payment_id', known.payment_id,
        'provider', known.provider,
        'event_id', known.event_id,
        'booked', known.result
    ));
    select *
    into strict conflict
    from private.error_codes
    where error_codes.code = 'idempotency_conflict';
    perform set_config('response.status', conflict.status::text, true);
    return jsonb_build_object(
        'code', conflict.code,
        'message', 'This event was reported before, with other content.',
        'details', jsonb_build_object('booked', known.result)::text,
        'hint', null
    );
end;
$$;
