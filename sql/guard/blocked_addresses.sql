-- Blocks for a time, of repeat offenders; the lasting ones are the setting security.blocked_ips.
create table private.blocked_addresses (
    ip inet primary key,
    until timestamptz not null,
    reason text,
    created_at timestamptz not null default now(),
    constraint blocked_addresses_one_customer check (ip = private.client_network(ip))
);
comment on table private.blocked_addresses is 'Customers whose requests are refused until a time, while rate_limits.enabled.';
comment on column private.blocked_addresses.ip is 'An IPv4 address, or the /64 network of an IPv6 one.';
