-- Roles: who gives them, and that one admin stays.
begin;
select plan(20);

create temporary table people as
select
    tests.create_user('roles-customer@example.com') as customer,
    tests.create_user('roles-admin@example.com', 'admin') as admin,
    tests.create_user('roles-other@example.com', 'admin') as other;
grant select on people to public;

select tests.authenticate_as_anon();
select is(
    tests.error_code($$ select public.admin_set_user_role((select customer from people), 'admin') $$),
    'unauthenticated',
    'visitors cannot give roles'
);

select tests.authenticate_as((select customer from people));
select is(
    tests.error_code($$ select public.admin_set_user_role((select customer from people), 'admin') $$),
    'forbidden',
    'customers cannot give roles'
);

select tests.authenticate_as((select admin from people));
select is(
    (public.admin_set_user_role((select customer from people), 'admin')).role,
    'admin',
    'admins make a customer an admin'
);
select results_eq(
    $$ select event_type, severity, user_id, request_data ->> 'from', request_data ->> 'to' from public.security_logs
    where request_data ->> 'user_id' = (select customer::text from people) $$,
    $$ select 'role_changed', 'warning', admin, 'customer', 'admin' from people $$,
    'a change of role is logged with who made it'
);
select is(
    (select count(*) from public.audit_logs where table_name = 'user_profiles' and row_id = (select customer::text from people) and new_values = '{"role": "admin"}'),
    1::bigint,
    'a change of role is in the audit log'
);
select is(
    (public.admin_set_user_role((select customer from people), 'customer')).role,
    'customer',
    'admins take the role away'
);
select is(
    tests.error_code($$ select public.admin_set_user_role(gen_random_uuid(), 'admin') $$),
    'not_found',
    'a user who does not exist is not found'
);
select is(
    tests.error_details($$ select public.admin_set_user_role(null, 'owner') $$),
    '{"user_id": "is required", "role": "must be one of: customer, admin"}',
    'all faults come back at once'
);
select is(
    tests.error_code($$ select public.admin_set_user_role((select customer from people), null) $$),
    'invalid_input',
    'a missing role is refused'
);

select tests.authenticate_as_service();
select is(
    tests.rows_of($$ update public.user_profiles set role = 'customer' where id = (select other from people) returning id $$),
    1::bigint,
    'the service writes roles'
);
select is(
    tests.rows_of($$ update public.user_profiles set role = 'customer'
    where role = 'admin' and id <> (select admin from people) returning id $$) >= 0,
    true,
    'all admins but one can be demoted'
);
select is(
    tests.error_code($$ update public.user_profiles set role = 'customer' where role = 'admin' $$),
    'last_admin',
    'the service cannot demote the last admin'
);
select is(
    tests.error_code($$ select public.admin_set_user_role((select admin from people), 'customer') $$),
    'last_admin',
    'the last admin cannot be demoted through the function'
);

select tests.authenticate_as((select admin from people));
select is(
    tests.error_code($$ select public.admin_set_user_role((select admin from people), 'customer') $$),
    'last_admin',
    'the last admin cannot step down'
);

select tests.clear_authentication();
select is(
    tests.error_code($$ delete from auth.users where id = (select admin from people) $$),
    'last_admin',
    'the last admin''s account cannot be deleted'
);
select is(
    tests.error_code($$ delete from public.user_profiles where id = (select admin from people) $$),
    'last_admin',
    'nor its profile, by the owner of the table'
);
update public.user_profiles set role = 'admin' where id = (select other from people);
select is(
    tests.error_code($$ update public.user_profiles set role = 'customer' where role = 'admin' $$),
    'last_admin',
    'nor all admins in one statement'
);
select is(
    tests.error_code($$ delete from auth.users where id = (select admin from people) $$),
    null,
    'an admin who is not the last one can go'
);
select isnt_empty(
    $$ select id from public.security_logs where event_type = 'role_changed'
    and request_data ->> 'user_id' = (select admin::text from people) and request_data -> 'to' = 'null' $$,
    'and that is logged'
);
select is(
    tests.error_code($$ delete from auth.users where id = (select customer from people) $$),
    null,
    'a customer can always go'
);

select * from finish();
rollback;
