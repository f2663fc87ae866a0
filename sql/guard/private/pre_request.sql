-- Before every request through the Data API, as the request's role. Every request pays for this, and each statement and each
-- expression is set up anew in every transaction: so a visitor who reads, and of whom nothing is to be known, is not looked at
-- any closer than by this one query. private.guard_request() has the rights for the rest. The role of a request can't be
-- changed inside a function that has its owner's rights: an admin's becomes that of admins here.
create function private.pre_request()
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    matters text;
begin
    select case
        -- Cheapest first. What writes is counted by who sends it.
        when current_setting('transaction_read_only') = 'off'
            or guard.watched_until > now()
            -- As they came. What is escaped, or holds a blocked agent's name anywhere, is read properly.
            or strpos(current_setting('request.headers', true), '\') > 0
            or lower(current_setting('request.headers', true)) like any(guard.blocked_agents) then 'headers'
        when current_setting('role', true) is distinct from 'anon' then 'caller'
    end
    into strict matters
    from private.guard_settings as guard;

    if matters is not null then
        if private.guard_request(is_watched => matters = 'headers') then
            perform set_config('role', 'primostore_admin', true);
        end if;
    end if;
end;
$$;
grant execute on function private.pre_request to anon, authenticated, service_role;

alter role authenticator set pgrst.db_pre_request = 'private.pre_request';
notify pgrst, 'reload config';
