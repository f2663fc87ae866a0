-- Refusals of the edge are logged, and repeat offenders blocked for a time.
begin;
select plan(56);

select tests.create_user('refused-customer@example.com') as customer
\gset
select tests.create_user('refused-admin@example.com', 'admin') as admin
\gset
delete from private.blocked_addresses;
select public.admin_update_settings('{"security.auto_block_after": 3, "security.auto_block_minutes": 15}');

-- So many refusals of one address, some time ago.
create function pg_temp.refusals(ip text, count integer, changes jsonb default '{}') returns jsonb language sql as $$
    select jsonb_agg(jsonb_build_object(
        'event_type', 'rate_limited', 'severity', 'warning', 'ip_address', ip, 'endpoint', 'POST /rpc/place_order', 'created_at', now()
    ) || changes)
    from generate_series(1, count);
$$;
create function pg_temp.blocked(ip text) returns boolean security definer language sql as $$
    select exists (select from private.blocked_addresses where blocked_addresses.ip = private.client_network(blocked.ip::inet) and until > now());
$$;
create function pg_temp.record(ip text, count integer, changes jsonb default '{}') returns integer language sql as $$
    select public.record_refusals(pg_temp.refusals(ip, count, changes));
$$;
create function pg_temp.blocked_of(variadic ips text[]) returns text[] language sql as $$
    select pg_temp.record(ip, 9) from unnest(ips) as ip;
    select array_agg(ip) filter (where pg_temp.blocked(ip)) from unnest(ips) as ip;
$$;
create function pg_temp.turned_away(ip text) returns boolean language sql as $$
    select tests.set_client_ip(ip);
    select coalesce(tests.error_code($q$ select tests.arrive('GET', '/products') $q$) = 'blocked', false);
$$;
grant execute on all functions in schema pg_temp to public;

-- Logging.
select tests.authenticate_as_service();
select is(public.record_refusals('[]'), 0, 'nothing is written of nothing');
select is(
    public.record_refusals(jsonb_build_array(jsonb_build_object(
        'event_type', 'payload_too_large', 'severity', 'error', 'ip_address', '192.0.2.1', 'user_agent', 'curl/8',
        'endpoint', 'POST /rpc/add_to_cart', 'user_id', :'customer', 'request_id', 'refusal-1',
        'request_data', '{"bytes": 20000000}'::jsonb, 'created_at', now() - interval '3 seconds'
    ))),
    1,
    'an event is written'
);
select results_eq(
    $$ select event_type, severity, ip_address, user_agent, endpoint, request_data, created_at
    from public.security_logs where request_id = 'refusal-1' $$,
    $$ values ('payload_too_large', 'error', '192.0.2.1'::inet, 'curl/8', 'POST /rpc/add_to_cart', '{"bytes": 20000000}'::jsonb,
        now() - interval '3 seconds') $$,
    'as it was'
);
select is(
    (select user_id from public.security_logs where request_id = 'refusal-1'),
    :'customer',
    'with who it was'
);
select is(
    public.record_refusals(jsonb_build_array(jsonb_build_object(
        'event_type', repeat('e', 100), 'severity', 'dreadful', 'ip_address', 'nonsense', 'user_agent', repeat('a', 1000),
        'endpoint', repeat('/', 1000), 'user_id', 'nobody', 'request_id', 'refusal-2' || repeat('r', 1000), 'created_at', 'yesterday-ish'
    ))),
    1,
    'an event that does not fit is written too'
);
select results_eq(
    $$ select length(event_type), severity, ip_address, length(user_agent), length(endpoint), user_id, length(request_id), created_at
    from public.security_logs where request_id like 'refusal-2%' $$,
    $$ values (50, 'warning', null::inet, 500, 500, null::uuid, 128, now()) $$,
    'cut to fit, without what can''t be read'
);
select is(
    public.record_refusals('[{"event_type": "bare"}, {"event_type": "nulls", "ip_address": null, "request_data": null, "created_at": null},
        {"event_type": "network", "ip_address": "10.0.0.0/8"}, {"event_type": "numbers", "ip_address": 7, "user_id": {}, "user_agent": []}]'),
    4,
    'only event_type is required'
);
select is(
    (select count(*) from public.security_logs where event_type in ('bare', 'nulls', 'network', 'numbers')
        and ip_address is null and request_data is null and user_id is null and severity = 'warning'),
    4::bigint,
    'the rest may be left out or be of any kind'
);
select is(pg_temp.record('192.0.2.2', 1, '{"created_at": "2999-01-01", "request_id": "fast"}'), 1, 'a clock may be fast');
select is((select created_at from public.security_logs where request_id = 'fast'), now(), 'nothing happened in the future');
select is(pg_temp.record(null, 1000), 1000, 'a thousand events are written at once');
select is(
    tests.error_details($$ select pg_temp.record(null, 1001) $$),
    '{"events": "has too many entries (at most 1000)"}',
    'but not more'
);
select is(tests.error_details('select public.record_refusals(null)'), '{"events": "must be an array of objects"}', 'a list is required');
select is(tests.error_code($$ select public.record_refusals('{"event_type": "x"}') $$), 'invalid_input', 'one event is no list');
select is(
    tests.error_details($$ select public.record_refusals('[{"event_type": "x", "request_id": "half"}, "x", {"event_type": " "}, null]') $$),
    '{"events.1": "must be an object", "events.2.event_type": "is required", "events.3": "must be an object"}',
    'what is no event is named'
);
select is(
    (tests.error($$ select public.record_refusals('["x", {}]') $$) ->> 'hint')::jsonb,
    '{"events.0": ["not_object"], "events.1.event_type": ["required"]}',
    'for programs too'
);
select is_empty($$ select id from public.security_logs where request_id = 'half' $$, 'and nothing of the list is written');

-- Blocking.
select is(pg_temp.record('192.0.2.20', 2), 2, 'fewer refusals than it takes');
select is(pg_temp.blocked('192.0.2.20'), false, 'block nobody');
select pg_temp.record('192.0.2.20', 1, '{"event_type": "invalid_token", "severity": "error"}');
select is(pg_temp.blocked('192.0.2.20'), true, 'enough, of several kinds and in several lists, block their address');
select tests.clear_authentication();
select results_eq(
    $$ select until, reason from private.blocked_addresses where ip = '192.0.2.20' $$,
    $$ values (now() + interval '15 minutes', '3 refusals within ten minutes') $$,
    'for as long as the setting says, with a reason'
);
select results_eq(
    $$ select severity, (request_data ->> 'until')::timestamptz, request_data ->> 'reason'
    from public.security_logs where event_type = 'address_blocked' and ip_address = '192.0.2.20' $$,
    $$ values ('error', now() + interval '15 minutes', '3 refusals within ten minutes') $$,
    'and an event'
);
select tests.authenticate_as_anon();
select tests.set_client_ip('192.0.2.20');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'its requests are refused by the database as well');
select tests.set_headers(null);
select tests.authenticate_as_service();
select pg_temp.record('192.0.2.20', 5);
select is(
    (select count(*) from public.security_logs where event_type = 'address_blocked' and ip_address = '192.0.2.20'),
    1::bigint,
    'what is refused meanwhile is no new block'
);
select pg_temp.record('192.0.2.21', 9, '{"event_type": "blocked"}');
select is(pg_temp.blocked('192.0.2.21'), false, 'to be turned away as blocked is no refusal that counts');
select pg_temp.record('192.0.2.22', 9, '{"severity": "info"}');
select is(pg_temp.blocked('192.0.2.22'), false, 'nor what is only informative, as the edge says of what honest clients do');
select pg_temp.record('192.0.2.23', 9, jsonb_build_object('created_at', now() - interval '11 minutes'));
select is(pg_temp.blocked('192.0.2.23'), false, 'nor what is more than ten minutes old');
select pg_temp.record(null, 9);
select is((select count(*) from public.security_logs where event_type = 'address_blocked' and ip_address is null), 0::bigint, 'nor what came from nowhere: it is nobody');
select public.record_refusals(pg_temp.refusals('192.0.2.24', 3) || pg_temp.refusals('192.0.2.25', 3) || pg_temp.refusals('192.0.2.26', 1));
select is(
    array[pg_temp.blocked('192.0.2.24'), pg_temp.blocked('192.0.2.25'), pg_temp.blocked('192.0.2.26')],
    array[true, true, false],
    'each address of a list has its own count'
);
select pg_temp.record('2001:db8::7', 3);
select is(pg_temp.blocked('2001:db8::/64'), true, 'IPv6 customers are blocked too');
select public.record_refusals(
    pg_temp.refusals('2001:db8:0:1::1', 1) || pg_temp.refusals('2001:db8:0:1::2', 1)
    || pg_temp.refusals('2001:db8:0:1:ffff:ffff:ffff:ffff', 1)
);
select is(pg_temp.blocked('2001:db8:0:1::/64'), true, 'whichever of their addresses they come from');
select public.record_refusals(
    pg_temp.refusals('2001:db8:0:2::1', 2) || pg_temp.refusals('2001:db8:0:3::1', 1) || pg_temp.refusals('2001:db8:0:1::1', 1)
);
select is(pg_temp.blocked('2001:db8:0:2::/64'), false, 'but their neighbours'' refusals are not theirs');
select tests.authenticate_as_anon();
select tests.set_client_ip('2001:db8:0:1:aaaa::99');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), 'blocked', 'a new address of the same network does not help');
select tests.set_client_ip('2001:db8:0:2::1');
select is(tests.error_code($$ select tests.arrive('GET', '/products') $$), null, 'the neighbour passes');
select tests.set_headers(null);
select tests.authenticate_as_service();

-- A wrong guest token is logged by the database itself.
select tests.clear_authentication();
select tests.set_client_ip('192.0.2.27');
select private.log_security_event('guest_token_refused', 'warning') from generate_series(1, 2);
select tests.set_headers(null);
select tests.authenticate_as_service();
select pg_temp.record('192.0.2.27', 1);
select is(pg_temp.blocked('192.0.2.27'), true, 'refusals that the database logged count as well');

-- A block ends.
select pg_temp.record('192.0.2.31', 3, jsonb_build_object('created_at', now() - interval '5 minutes'));
select pg_temp.record('192.0.2.31', 9, jsonb_build_object('created_at', now() - interval '2 minutes'));
select tests.clear_authentication();
update private.blocked_addresses set until = now() - interval '1 minute' where ip = '192.0.2.31';
select tests.authenticate_as_service();
select pg_temp.record('192.0.2.31', 2);
select is(pg_temp.blocked('192.0.2.31'), false, 'after a block the count begins anew');
select pg_temp.record('192.0.2.31', 1);
select is(pg_temp.blocked('192.0.2.31'), true, 'and may lead to another one');
select is(
    (select count(*) from public.security_logs where event_type = 'address_blocked' and ip_address = '192.0.2.31'),
    2::bigint,
    'which has an event of its own'
);

-- Who is never blocked.
select is(
    pg_temp.blocked_of('127.0.0.1', '127.8.0.1', '::1'),
    null,
    'the machine itself is never blocked: a proxy on it stands for everybody'
);
select is(
    pg_temp.blocked_of(
        '10.88.0.1', '172.16.0.1', '172.31.255.1', '192.168.1.1', '100.64.0.1', '100.127.255.1', '169.254.1.1', 'fd00::1', 'fe80::1'
    ),
    null,
    'nor is a private address: a gateway stands for everybody'
);
select is(
    pg_temp.blocked_of('172.32.0.1', '100.128.0.1', '11.0.0.1', '2001:db8:0:99::1'),
    array['172.32.0.1', '100.128.0.1', '11.0.0.1', '2001:db8:0:99::1'],
    'though their neighbours are'
);
select public.admin_update_settings('{"security.admin_ip_allowlist": ["198.51.100.0/24", "203.0.113.9"]}');
select pg_temp.record('198.51.100.7', 9);
select pg_temp.record('203.0.113.9', 9);
select is(
    array[pg_temp.blocked('198.51.100.7'), pg_temp.blocked('203.0.113.9')],
    array[false, false],
    'where admins come from is never blocked'
);
select public.admin_update_settings('{"security.admin_ip_allowlist": [], "rate_limits.enabled": false}');
select is(pg_temp.record('192.0.2.30', 9), 9, 'while limits are off refusals are logged');
select is(pg_temp.blocked('192.0.2.30'), false, 'and nobody is blocked');
select public.admin_update_settings('{"rate_limits.enabled": true}');
select tests.set_client_ip('192.0.2.20');
select is(tests.error_code($$ select tests.arrive('POST', '/products') $$), null, 'the service passes from a blocked address');
select tests.set_headers(null);

-- Blocks that an admin chose.
select tests.clear_authentication();
insert into private.blocked_addresses (ip, source, until)
values
    ('192.0.2.50', 'manual', now() + interval '1 hour'),
    ('192.0.2.51', 'automatic', now() + interval '1 hour');
select tests.authenticate_as_anon();
select is(
    array[pg_temp.turned_away('192.0.2.50'), pg_temp.turned_away('192.0.2.51')],
    array[true, true],
    'while limits are on they hold as others do'
);
select tests.clear_authentication();
select public.admin_update_settings('{"rate_limits.enabled": false}');
select tests.authenticate_as_anon();
select is(
    array[pg_temp.turned_away('192.0.2.50'), pg_temp.turned_away('192.0.2.51')],
    array[true, false],
    'and they alone while limits are off'
);
select tests.clear_authentication();
update private.blocked_addresses set until = now() where ip = '192.0.2.50';
select is(
    (select watched_until > now() from private.guard_settings),
    false,
    'when the last of them is over, addresses are not looked at any more'
);
select public.admin_update_settings('{"rate_limits.enabled": true}');
select tests.set_headers(null);

-- The kinds that count are known to be warnings that somebody makes.
select tests.clear_authentication();
select is_empty(
    $$ select event_type from private.refusal_types where event_type in ('blocked', 'address_blocked', 'role_changed') $$,
    'a block does not feed itself'
);
insert into public.security_logs (event_type, severity, ip_address)
select 'rate_limited', 'warning', '10.0.0.0'::inet + number
from generate_series(1, 3000) as number;
analyze public.security_logs;
create function pg_temp.plan_of(query text) returns text language plpgsql as $$
declare
    line text;
    lines text := '';
begin
    for line in execute 'explain ' || query loop
        lines := lines || line || E'\n';
    end loop;
    return lines;
end;
$$;
select matches(
    pg_temp.plan_of($$ select count(*) from public.security_logs where ip_address = '192.0.2.1' and created_at >= now() - interval '10 minutes' $$),
    'security_logs_[0-9_]+_ip_address_created_at_idx.*\n.*Index Cond.*ip_address.*created_at',
    'counting reads an index on address and time'
);

-- Nobody else.
select tests.authenticate_as_anon();
select is(tests.error_code($$ select public.record_refusals('[]') $$), '42501', 'visitors cannot make up refusals');
select is(tests.error_code($$ select private.block_repeat_offenders(array['192.0.2.99'::inet]) $$), '42501', 'nor block anybody');
select tests.authenticate_as(:'customer');
select is(tests.error_code($$ select public.record_refusals('[]') $$), '42501', 'nor customers');
select tests.authenticate_as(:'admin');
select is(tests.error_code($$ select public.record_refusals('[]') $$), '42501', 'nor admins');
select is(tests.error_code('select * from private.refusal_types'), '42501', 'what counts is nobody''s to read');
select is(tests.error_code('select * from private.blocked_addresses'), '42501', 'nor who is blocked');

select * from finish();
rollback;
