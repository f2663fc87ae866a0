-- What the edge is told, and nobody else.
begin;
select plan(19);

select tests.create_user('edge-customer@example.com') as customer
\gset
select tests.create_user('edge-admin@example.com', 'admin') as admin
\gset
delete from private.blocked_addresses;
insert into private.blocked_addresses (ip, source, until)
values
    ('192.0.2.10', 'manual', now() + interval '1 hour'),
    ('2001:db8::/64', 'automatic', now() + interval '1 minute'),
    ('192.0.2.11', 'automatic', now() - interval '1 second');
select public.admin_update_settings('{"rate_limits.orders": "7/minute", "security.blocked_ips": ["203.0.113.0/24"]}');

select tests.authenticate_as_service();
select set_eq(
    'select jsonb_object_keys(public.edge_configuration())',
    array['settings', 'blocked_addresses', 'reading_functions', 'signing_key', 'now'],
    'the edge is told five things'
);
select is(
    public.edge_configuration() -> 'settings',
    (select jsonb_object_agg(key, value) from public.system_settings),
    'all settings'
);
select is(public.edge_configuration() -> 'settings' ->> 'rate_limits.orders', '7/minute', 'as they are now');
select is(public.edge_configuration() -> 'settings' -> 'security.blocked_ips', '["203.0.113.0/24"]', 'with their types');
select ok(public.edge_configuration() -> 'settings' ? 'alerts.email', 'also those that are not set');
select is(
    (select jsonb_agg(blocked -> 'ip') from jsonb_array_elements(public.edge_configuration() -> 'blocked_addresses') as blocked),
    '["192.0.2.10", "2001:db8::/64"]',
    'the addresses blocked now, and not those that were'
);
select is(
    (select jsonb_agg(blocked -> 'source') from jsonb_array_elements(public.edge_configuration() -> 'blocked_addresses') as blocked),
    '["manual", "automatic"]',
    'who chose them'
);
select ok(
    public.edge_configuration() -> 'reading_functions' ?& array['search_products', 'product_facets'],
    'which functions only read'
);
select ok(
    not public.edge_configuration() -> 'reading_functions' ?| array['place_order', 'validate_coupon', 'track_order'],
    'and not those that write, or count guesses'
);
select is(
    (public.edge_configuration() -> 'blocked_addresses' -> 0 ->> 'until')::timestamptz,
    now() + interval '1 hour',
    'until when'
);
select is((public.edge_configuration() ->> 'now')::timestamptz, now(), 'the time by the database''s clock');
select matches(public.edge_configuration() ->> 'signing_key', '^[0-9a-f]{64}$', 'and a key in hexadecimal');
select tests.clear_authentication();
select is(
    decode(public.edge_configuration() ->> 'signing_key', 'hex'),
    (select value from private.secrets where name = 'edge'),
    'the one that client addresses are signed with'
);
delete from private.blocked_addresses;
select is(public.edge_configuration() -> 'blocked_addresses', '[]', 'no block is an empty list');
select throws_ok(
    $$ insert into private.blocked_addresses (ip, until) values ('2001:db8::1', now() + interval '1 hour') $$,
    '23514',
    null,
    'a single IPv6 address is not blocked: its customer has the network'
);

select tests.authenticate_as_anon();
select is(tests.error_code('select public.edge_configuration()'), '42501', 'visitors are told nothing');
select tests.authenticate_as(:'customer');
select is(tests.error_code('select public.edge_configuration()'), '42501', 'nor customers');
select tests.authenticate_as(:'admin');
select is(tests.error_code('select public.edge_configuration()'), '42501', 'nor admins');
select is(tests.error_code('select private.edge_configuration()'), '42501', 'by any door');

select * from finish();
rollback;
