-- Claims an idempotency key for this request, or returns what the key's first request made. A twin that is still running
-- is waited for by the unique index: when it fails, the key is ours.
create function private.recall_order(scope text, key text, request_hash bytea)
    returns private.idempotency_keys
    set search_path = ''
    language plpgsql
    as $$
declare
    remembered private.idempotency_keys;
begin
    insert into private.idempotency_keys (scope, key, request_hash)
    values (recall_order.scope, recall_order.key, recall_order.request_hash)
    on conflict on constraint idempotency_keys_pkey do nothing;
    if found then
        return null;
    end if;

    select *
    into remembered
    from private.idempotency_keys
    where idempotency_keys.scope = recall_order.scope and idempotency_keys.key = recall_order.key;

    if remembered.request_hash is distinct from recall_order.request_hash then
        perform private.raise_error('idempotency_conflict');
    end if;
    return remembered;
end;
$$;
