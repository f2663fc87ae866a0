-- What a worker says of a message that it claimed.

-- False where the worker has it no longer: its lease was over, and another one may have it.
create function private.renew_message(id bigint, worker text)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    update private.messages
    set next_attempt_at = now() + interval '1 minute'
    where messages.id = renew_message.id
        and messages.worker = renew_message.worker
        and messages.state = 'waiting'
        and messages.next_attempt_at > now();
    return found;
end;
$$;
grant execute on function private.renew_message to service_role;

-- Delivered is delivered, whoever did it, also where the lease was over meanwhile.
create function private.complete_message(id bigint)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    delete from private.messages
    where messages.id = complete_message.id;
    return found;
end;
$$;
grant execute on function private.complete_message to service_role;

-- Ten attempts take a day; each wait is varied by a fifth, so that what failed together doesn't come back together.
create function private.fail_message(id bigint, worker text, error text, permanent boolean)
    returns boolean
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    waits constant interval[] := array[
        '10 seconds', '1 minute', '5 minutes', '15 minutes', '30 minutes', '1 hour', '3 hours', '6 hours', '13 hours'
    ]::interval[];
begin
    if not private.is_service() then
        perform private.raise_error('forbidden');
    end if;

    update private.messages
    set
        state = case when fail_message.permanent or messages.attempts >= 10 then 'dead' else 'waiting' end,
        next_attempt_at = now() + coalesce(waits[messages.attempts], '0') * (0.8 + 0.4 * random()),
        worker = null,
        last_error = left(fail_message.error, 1000)
    where messages.id = fail_message.id
        and messages.worker = fail_message.worker
        and messages.state = 'waiting'
        and messages.next_attempt_at > now();
    return found;
end;
$$;
grant execute on function private.fail_message to service_role;
