-- Who guesses, as the key of limits on guessing: the client's address (an IPv6 one as its /64 network), else the account;
-- null for who has neither. An address that nobody knows is nobody's: one visitor's guesses must not stop another's.
create function private.guesser()
    returns text
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(abbrev(private.client_network(private.client_ip())), private.caller_id()::text);
end;
$$;
