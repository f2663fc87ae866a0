-- Whether an address is of the machine itself or of a private network. Such a one stands for everybody: it is a proxy whose
-- header for the client's address was not configured.
create function private.is_private_network(ip inet)
    returns boolean
    immutable
    parallel safe
    set search_path = ''
    language sql
    as $$
    select ip <<= any(array[
        '127.0.0.0/8', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '169.254.0.0/16', '100.64.0.0/10',
        '::1/128', 'fc00::/7', 'fe80::/10'
    ]::inet[]);
$$;
