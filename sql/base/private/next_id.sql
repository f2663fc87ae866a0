-- A UUID of version 7 (RFC 9562): the time in milliseconds, then parts of one, then chance; so that new rows meet on the last page
-- of their primary key instead of on a random one. The second half is one of version 4, which has its variant already.
create function private.next_id()
    returns uuid
    volatile
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    milliseconds constant numeric := extract(epoch from clock_timestamp()) * 1000;
begin
    return encode(
        int8send(trunc(milliseconds)::bigint * 65536 + 28672 + trunc(milliseconds % 1 * 4096)::bigint)
        || substr(uuid_send(gen_random_uuid()), 9),
        'hex'
    )::uuid;
end;
$$;
grant execute on function private.next_id to anon, authenticated, service_role;
