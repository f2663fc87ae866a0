create function public.claim_messages(max_messages integer, worker text)
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
    set search_path = ''
    rows 20
    language plpgsql
    as $$
begin
    return query
    select * from private.claim_messages(max_messages, worker);
end;
$$;
comment on function public.claim_messages is
    'For workers, with the secret key only: claims up to max_messages (1 to 100) messages that are due, each for a minute: rows {id, topic, order_id, payload, channel (email | webhook), receiver, language, attempts, created_at, lease_until}. worker names the process. language is that of the order, else the store''s first. What is not completed, failed or renewed in time is claimed again, and given up after ten attempts; id is for receivers to see repeats by. Errors: forbidden, invalid_input.';
grant execute on function public.claim_messages to service_role;
