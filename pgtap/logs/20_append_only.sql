-- Logs are added to, and deleted only when they are older than their retention.
begin;
select plan(15);

insert into public.audit_logs (action, table_name, row_id, created_at)
values
    ('update', 'append_only', 'new', now()),
    ('update', 'append_only', 'kept', now() - interval '729 days'),
    ('update', 'append_only', 'old', now() - interval '731 days');
insert into public.security_logs (event_type, created_at)
values
    ('test_new', now()),
    ('test_old', now() - interval '91 days');

select tests.authenticate_as_service();
select is(tests.error_code($$ update public.audit_logs set row_id = 'x' $$), '42501', 'the service cannot change the audit log');
select is(tests.error_code($$ delete from public.audit_logs $$), '42501', 'nor delete from it');
select is(tests.error_code($$ truncate public.audit_logs $$), '42501', 'nor empty it');
select is(
    tests.error_code($$ insert into public.audit_logs (action, table_name, row_id) values ('update', 'orders', '1') $$),
    '42501',
    'nor add to it'
);
select is(tests.error_code($$ update public.security_logs set severity = 'info' $$), '42501', 'the service cannot change the security log');
select is(tests.error_code($$ delete from public.security_logs $$), '42501', 'nor delete from it');
select is(
    tests.error_code($$ insert into public.security_logs (event_type, severity, ip_address) values ('rate_limited', 'warning', '192.0.2.1') $$),
    null,
    'the service adds to the security log'
);
select is(
    tests.error_code($$ insert into public.security_logs (event_type, severity) values ('x', 'fatal') $$),
    '23514',
    'but no severity of its own'
);

select tests.clear_authentication();
select is(tests.error_code($$ update public.audit_logs set row_id = 'x' $$), '42501', 'their owner cannot change the audit log');
select is(tests.error_code($$ truncate public.audit_logs $$), '42501', 'nor empty it');
select is(
    tests.error_code($$ delete from public.audit_logs where table_name = 'append_only' and row_id = 'kept' $$),
    '42501',
    'nor delete what retention keeps'
);
select is(
    tests.error_code($$ delete from public.audit_logs where table_name = 'append_only' and row_id = 'old' $$),
    null,
    'what is older than its retention can go'
);
select is(tests.error_code($$ update public.security_logs set severity = 'info' $$), '42501', 'their owner cannot change the security log');
select is(tests.error_code($$ delete from public.security_logs where event_type = 'test_new' $$), '42501', 'nor delete what retention keeps');
select is(
    tests.error_code($$ delete from public.security_logs where event_type = 'test_old' $$),
    null,
    'what is older than its retention can go'
);

select * from finish();
rollback;
