-- Whether an address is in one of the networks of a JSON array; an unknown one is in none.
create function private.is_listed_address(address inet, networks jsonb)
    returns boolean
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select
        from jsonb_array_elements_text(is_listed_address.networks) as listed (network)
        where is_listed_address.address <<= listed.network::inet
    );
end;
$$;
