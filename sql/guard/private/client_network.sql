-- Whom an address stands for: one IPv6 customer has all addresses of a /64, so their network is taken for them.
create function private.client_network(ip inet)
    returns inet
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    if family(client_network.ip) = 4 then
        return host(client_network.ip)::inet;
    end if;
    -- IPv4 written as IPv6 is that IPv4 address, or all such customers would be one.
    if client_network.ip <<= '::ffff:0:0/96' then
        return (substring(host(client_network.ip) from '[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$'))::inet;
    end if;
    return network(set_masklen(client_network.ip, 64))::inet;
end;
$$;
