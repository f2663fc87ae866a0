-- What the guard asks before each request, ready to use: it must not look up and parse a dozen settings each time.
create table private.guard_settings (
    is_only boolean primary key default true,
    limits_enabled boolean not null,
    general_limit text not null,
    admin_limit text not null,
    orders_limit text not null,
    product_create_limit text not null,
    blocked_networks inet[] not null,
    blocked_agents text[] not null,
    client_ip_header text,
    watched_until timestamptz not null,
    constraint guard_settings_one_row check (is_only)
);
comment on table private.guard_settings is
    'One row, kept by triggers on system_settings, private.deployment and private.blocked_addresses. Never written by hand.';
comment on column private.guard_settings.blocked_agents is 'Patterns of LIKE, in lower case.';
comment on column private.guard_settings.watched_until is
    'Until then every request''s address is looked at: for ever with blocked_networks, else until the last of private.blocked_addresses ends that holds now.';

-- What private.pre_request() asks with its caller's rights.
grant select (blocked_agents, watched_until) on private.guard_settings to anon, authenticated, service_role;
