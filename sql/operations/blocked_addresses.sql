-- Blocks for a time, of repeat offenders; the lasting ones are the setting security.blocked_ips.
create table private.blocked_addresses (
    ip inet primary key,
    until timestamptz not null,
    reason text,
    created_at timestamptz not null default now()
);
comment on table private.blocked_addresses is 'Addresses whose requests are refused until a time, while rate_limits.enabled.';
