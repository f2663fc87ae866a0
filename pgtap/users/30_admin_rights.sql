-- Who has admin rights, and when.
begin;
select plan(26);

create temporary table people as
select
    tests.create_user('rights-customer@example.com') as customer,
    tests.create_user('rights-admin@example.com', 'admin') as admin;
grant select on people to public;

select tests.authenticate_as_anon();
select is(private.is_admin(), false, 'a visitor is no admin');
select is(tests.error_code('select private.require_admin()'), 'unauthenticated', 'a visitor is asked to sign in');

select tests.authenticate_as((select customer from people));
select is(private.is_admin(), false, 'a customer is no admin');
select is(tests.error_code('select private.require_admin()'), 'forbidden', 'a customer is refused');
select is(tests.error_code('select public.require_admin()'), 'forbidden', 'also when only asking');

select set_config('request.jwt.claims', (
    select jsonb_build_object(
        'sub', customer, 'role', 'authenticated', 'aal', 'aal2',
        'user_metadata', '{"role": "admin"}'::jsonb, 'app_metadata', '{"role": "admin"}'::jsonb, 'user_role', 'admin'
    )::text
    from people
), true);
select is(private.is_admin(), false, 'claims in a token make nobody an admin');

select tests.authenticate_as_anon();
select set_config('request.jwt.claims', (select jsonb_build_object('sub', admin, 'role', 'authenticated')::text from people), true);
select is(private.is_admin(), false, 'an admin''s id without the role of a signed-in user is worth nothing');

select tests.authenticate_as((select admin from people));
select is(private.is_admin(), true, 'an admin is an admin');
select is(tests.error_code('select private.require_admin()'), null, 'an admin passes');
select is(tests.error_code('select public.require_admin()'), null, 'and may ask beforehand');

select tests.authenticate_as_service();
select is(private.is_admin(), false, 'the service is no person');
select is(tests.error_code('select private.require_admin()'), null, 'the service passes');

-- A second factor.
select public.admin_update_settings('{"security.admin_mfa_required": true}');
select tests.authenticate_as((select admin from people));
select is(private.is_admin(), false, 'without a second factor an admin has no rights where one is required');
select is(tests.error_code('select private.require_admin()'), 'mfa_required', 'and is told so');
select is_empty('select key from public.system_settings', 'tables obey as well');
select tests.authenticate_as((select admin from people), 'aal2');
select is(private.is_admin(), true, 'with a second factor an admin has rights');
select tests.authenticate_as((select customer from people), 'aal2');
select is(tests.error_code('select private.require_admin()'), 'forbidden', 'a second factor makes nobody an admin');
select tests.authenticate_as_service();
select is(tests.error_code('select private.require_admin()'), null, 'the service needs no second factor');

-- An allowed address.
select public.admin_update_settings(
    '{"security.admin_mfa_required": false, "security.admin_ip_allowlist": ["192.0.2.0/24", "2001:db8::1"]}'
);
select tests.authenticate_as((select admin from people));
select is(tests.error_code('select private.require_admin()'), 'forbidden', 'an admin from an unknown address is refused');
select tests.set_client_ip('198.51.100.1');
select is(tests.error_code('select private.require_admin()'), 'forbidden', 'an admin from elsewhere is refused');
select tests.set_client_ip('192.0.2.77');
select is(private.is_admin(), true, 'an admin from an allowed network passes');
select tests.set_client_ip('2001:db8::1');
select is(private.is_admin(), true, 'an admin from an allowed address passes');
select tests.set_headers('{"x-forwarded-for": "192.0.2.77", "x-real-ip": "192.0.2.77"}');
select is(private.is_admin(), false, 'the client''s own word for its address does not count');
select tests.set_client_ip('not an address');
select is(private.is_admin(), false, 'nor does what is no address');
select tests.set_client_ip('198.51.100.1');
select tests.authenticate_as_service();
select is(tests.error_code('select private.require_admin()'), null, 'the service comes from anywhere');

-- A role that was taken away.
select public.admin_update_settings('{"security.admin_ip_allowlist": []}');
select tests.clear_authentication();
select tests.create_user('rights-second@example.com', 'admin');
update public.user_profiles set role = 'customer' where id = (select admin from people);
select tests.authenticate_as((select admin from people));
select is(private.is_admin(), false, 'a role that was taken away is gone at once, whatever the token says');

select * from finish();
rollback;
