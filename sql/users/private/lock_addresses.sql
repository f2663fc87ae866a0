-- One request at a time on one customer's addresses, before any row is locked: two new defaults at once would meet in
-- the unique index or lock each other out.
create function private.lock_addresses()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.caller_id() is not null then
        perform pg_advisory_xact_lock(hashtextextended('addresses:' || private.caller_id(), 0));
    end if;
    return null;
end;
$$;
