-- Puts one message in the outbox: it will be delivered if, and only if, the transaction commits. Who has many inserts them
-- in one statement.
create function private.enqueue(topic text, payload jsonb, order_id uuid default null)
    returns void
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into private.outbox (topic, order_id, payload)
    values (enqueue.topic, enqueue.order_id, enqueue.payload);
end;
$$;
