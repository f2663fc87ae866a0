-- Puts a message in the outbox: it will be delivered if, and only if, the transaction commits.
create function private.enqueue(topic text, payload jsonb)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into private.outbox (topic, payload)
    values (enqueue.topic, enqueue.payload);
end;
$$;
