-- Who is turned away before a request begins.
begin;
select plan(35);

create temporary table people as
select
    tests.create_user('blocked-customer@example.com') as customer,
    tests.create_user('blocked-admin@example.com', 'admin') as admin;
grant select on people to public;

select public.admin_update_settings(
    '{"security.blocked_ips": ["203.0.113.7", "198.51.100.0/24", "2001:db8:bad::/48"], "security.blocked_user_agents": ["sqlmap", "BadBot"]}'
);
insert into private.blocked_addresses (ip, until)
values
    ('192.0.2.10', now() + interval '1 hour'),
    ('192.0.2.11', now() - interval '1 second');

select tests.authenticate_as_anon();
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'a request without headers passes');

select tests.set_headers('{"user-agent": "Mozilla/5.0", "cf-connecting-ip": "192.0.2.1"}');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'an ordinary visitor passes');

select tests.set_headers('{"user-agent": "SQLMap/1.7 (https://sqlmap.org)"}');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'a blocked user agent is refused, in any case');
select is(
    (tests.error($$ select tests.arrive('POST', '/rpc/place_order') $$)) ->> 'message',
    'Requests from here are blocked.',
    'and told so'
);
select tests.set_headers('{"user-agent": "Mozilla/5.0 badbot"}');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'settings may be written in any case');

select tests.set_client_ip('203.0.113.7');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'a blocked address is refused');
select tests.set_client_ip('203.0.113.8');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'its neighbour passes');
select tests.set_client_ip('198.51.100.200');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'a blocked network is refused');
select tests.set_client_ip('2001:db8:bad:1::5');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'a blocked IPv6 network is refused');

select tests.set_client_ip('192.0.2.10');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'an address blocked for a time is refused');
select tests.set_client_ip('192.0.2.11');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'until the time is over');

select tests.set_headers('{"x-forwarded-for": "203.0.113.7", "x-real-ip": "203.0.113.7"}');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'headers that clients set themselves are not believed');
select tests.set_client_ip('203.0.113.7, 10.0.0.1');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'a header that is no address is no error');
select tests.set_client_ip('');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'nor is an empty one');
select set_config('request.headers', '{"user-agent": "nul \u0000 byte"}', true);
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'nor one with characters that the database cannot hold');
select set_config('request.headers', '', true);
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'nor no headers at all');

select tests.authenticate_as((select customer from people));
select tests.set_client_ip('203.0.113.7');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'a signed-in customer is refused as well');
select tests.authenticate_as((select admin from people));
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'and an admin');
select tests.authenticate_as_service();
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'the service passes from anywhere');

select public.admin_update_settings('{"rate_limits.enabled": false}');
select tests.authenticate_as_anon();
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'a lasting block holds while limits are off');
select tests.set_client_ip('192.0.2.10');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'a block for a time does not');

select ok(
    exists (
        select
        from pg_db_role_setting
        inner join pg_roles on pg_roles.oid = pg_db_role_setting.setrole
        where pg_roles.rolname = 'authenticator'
            and 'pgrst.db_pre_request=private.pre_request' = any(pg_db_role_setting.setconfig)
    ),
    'the Data API is told to ask'
);

select tests.clear_authentication();
select public.admin_update_settings('{"security.blocked_ips": [], "security.blocked_user_agents": []}');
select tests.authenticate_as_anon();
select tests.set_headers('{"user-agent": "sqlmap", "cf-connecting-ip": "203.0.113.7"}');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'with empty lists everybody passes');

select tests.clear_authentication();
update public.system_settings set value = '["bad\"bot"]' where key = 'security.blocked_user_agents';
select tests.authenticate_as_anon();
select tests.set_headers('{"user-agent": "A Bad\"Bot/1.0"}');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'however its header is written');

-- What the guard reads follows the settings, however they are changed.
select tests.clear_authentication();
create temporary view kept as
select
    limits_enabled,
    array[general_limit, admin_limit, orders_limit, product_create_limit] as limits,
    blocked_networks,
    client_ip_header
from private.guard_settings;
select results_eq(
    'select limits_enabled, limits from kept',
    $$ values (false, array['100/minute', '500/minute', '5/minute', '20/hour']) $$,
    'the guard knows the settings'
);
update public.system_settings
set value = case key
    when 'rate_limits.enabled' then 'true'::jsonb
    when 'rate_limits.general' then '"7/minute"'
    when 'security.blocked_ips' then '["203.0.113.9"]'
    when 'security.blocked_user_agents' then '["100%", "a_b"]'
end
where key in ('rate_limits.enabled', 'rate_limits.general', 'security.blocked_ips', 'security.blocked_user_agents');
select results_eq(
    'select limits_enabled, limits[1], blocked_networks from kept',
    $$ values (true, '7/minute', array['203.0.113.9'::inet]) $$,
    'and every change of them'
);
select tests.authenticate_as_anon();
select tests.set_client_ip('203.0.113.9');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'at once');
select tests.set_headers('{"user-agent": "Agent 100% a_b"}');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'a user agent may hold any character');
select tests.set_headers('{"user-agent": "Agent 1000 aab"}');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'and stands for itself only');
select tests.clear_authentication();
update private.deployment set value = 'X-Real-IP' where key = 'client_ip_header';
select tests.authenticate_as_anon();
select tests.set_headers('{"x-real-ip": "203.0.113.9"}');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'the trusted header too');
select tests.set_headers('{"cf-connecting-ip": "203.0.113.9"}');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'and no other');
select is(tests.error_code('select * from private.guard_settings'), '42501', 'visitors cannot read what the guard knows');

-- Which rights a request has is decided by the caller's own, so that pre_request may change the role.
select is(
    (select prosecdef from pg_proc where oid = 'private.pre_request'::regproc),
    false,
    'the door has its caller''s rights'
);

set local transaction_read_only = on;
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'a read-only request passes');
select tests.set_client_ip('192.0.2.11');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'whatever its headers');

select * from finish();
rollback;
