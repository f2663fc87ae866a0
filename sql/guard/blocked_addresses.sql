-- Blocks for a time, of repeat offenders and of those whom an admin chose; the lasting ones are the setting
-- security.blocked_ips.
create table private.blocked_addresses (
    ip inet primary key,
    until timestamptz not null,
    source text not null default 'automatic',
    reason text,
    created_at timestamptz not null default now(),
    constraint blocked_addresses_one_customer check (ip = private.client_network(ip)),
    constraint blocked_addresses_source_known check (source in ('automatic', 'manual'))
);
comment on table private.blocked_addresses is 'Customers whose requests are refused until a time.';
comment on column private.blocked_addresses.ip is 'An IPv4 address, or the /64 network of an IPv6 one.';
comment on column private.blocked_addresses.source is
    'automatic: a repeat offender, refused while rate_limits.enabled; manual: whom an admin chose, refused always.';
