-- The security log, job runs and the outbox.
begin;
select plan(17);

create temporary table people as
select
    tests.create_user('logs-customer@example.com') as customer,
    tests.create_user('logs-admin@example.com', 'admin') as admin;
grant select on people to public;

select tests.set_headers(jsonb_build_object(
    'cf-connecting-ip', '192.0.2.5', 'user-agent', repeat('a', 1000), 'x-request-id', 'req-log'
));
select set_config('request.method', 'POST', true), set_config('request.path', '/rpc/guest_order', true);
select private.log_security_event('guest_token_refused', 'warning', '{"order_number": "PS-1"}', (select customer from people));
select results_eq(
    $$ select event_type, severity, user_id, ip_address, length(user_agent), endpoint, request_data, request_id
    from public.security_logs where request_id = 'req-log' $$,
    $$ select 'guest_token_refused', 'warning', customer, '192.0.2.5'::inet, 500, 'POST /rpc/guest_order',
        '{"order_number": "PS-1"}'::jsonb, 'req-log'
    from people $$,
    'an event is logged with what is known about the request'
);
select tests.set_headers('{"x-request-id": "bad id\nwith a line", "cf-connecting-ip": "nonsense"}');
select private.log_security_event('odd_request');
select results_eq(
    $$ select ip_address, request_id from public.security_logs where event_type = 'odd_request' $$,
    $$ values (null::inet, null::text) $$,
    'odd headers are left out'
);
select throws_ok($$ select private.log_security_event('x', 'fatal') $$, '23514', null, 'a severity must be known');

select private.enqueue('order.placed', '{"order_id": 1}');
select results_eq(
    $$ select payload, order_id, created_at = now() from private.outbox where topic = 'order.placed' and payload = '{"order_id": 1}' $$,
    $$ values ('{"order_id": 1}'::jsonb, null::uuid, true) $$,
    'a message is in the outbox'
);
select throws_ok($$ select private.enqueue('Not a topic', '{}') $$, '23514', null, 'a topic has a form');

select tests.authenticate_as_anon();
select is(tests.error_code('select * from public.security_logs'), '42501', 'visitors cannot read the security log');
select is(tests.error_code('select * from public.job_runs'), '42501', 'visitors cannot read job runs');
select is(tests.error_code('select * from private.outbox'), '42501', 'visitors cannot read the outbox');
select is(
    tests.error_code($$ select private.enqueue('order.placed', '{}') $$),
    '42501',
    'visitors cannot put anything in it'
);
select is(
    tests.error_code($$ select private.log_security_event('fake') $$),
    '42501',
    'visitors cannot make up security events'
);

select tests.authenticate_as((select customer from people));
select is_empty('select * from public.security_logs', 'customers cannot read the security log');
select is_empty('select * from public.job_runs', 'customers cannot read job runs');

select tests.authenticate_as_service();
insert into public.job_runs (id, job) values ('00000000-0000-4000-8000-0000000000d1', 'release-expired');
select is(
    tests.error_code($$ update public.job_runs set status = 'succeeded' where id = '00000000-0000-4000-8000-0000000000d1' $$),
    '23514',
    'a run that ended says when'
);
update public.job_runs set status = 'failed', finished_at = now(), error = 'boom' where id = '00000000-0000-4000-8000-0000000000d1';
select is(tests.error_code('select * from private.outbox'), '42501', 'the service reads the outbox through functions only');

select tests.authenticate_as((select admin from people));
select isnt_empty($$ select * from public.job_runs where status = 'failed' $$, 'admins read job runs');
select isnt_empty($$ select * from public.security_logs where event_type = 'odd_request' $$, 'admins read the security log');
select is(
    tests.error_code($$ insert into public.security_logs (event_type) values ('fake') $$),
    '42501',
    'admins cannot add to the security log'
);

select * from finish();
rollback;
