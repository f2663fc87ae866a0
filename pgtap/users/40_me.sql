-- Who am I.
begin;
select plan(8);

create temporary table people as
select
    tests.create_user('me-customer@example.com') as customer,
    tests.create_user('me-admin@example.com', 'admin') as admin;
grant select on people to public;

select tests.authenticate_as_anon();
select is(tests.error_code('select public.me()'), 'unauthenticated', 'a visitor is nobody');

select tests.authenticate_as((select customer from people));
select is(
    public.me(),
    (select jsonb_build_object('id', customer, 'email', 'me-customer@example.com', 'role', 'customer', 'name', null, 'phone', null, 'aal', 'aal1') from people),
    'a customer reads who it is'
);
select is(
    tests.error_code($$ update public.user_profiles set name = 'Nadia', phone = '0600000000' $$),
    null,
    'and changes it'
);
select is(public.me() - array['id', 'email', 'role', 'aal'], '{"name": "Nadia", "phone": "0600000000"}', 'and reads the change');

select tests.authenticate_as((select admin from people), 'aal2');
select is(public.me() ->> 'role', 'admin', 'an admin reads its role');
select is(public.me() ->> 'aal', 'aal2', 'and that a second factor was used');

select tests.authenticate_as_service();
select is(tests.error_code('select public.me()'), 'unauthenticated', 'the service is nobody');

select tests.authenticate_as((select customer from people));
select set_config('role', 'none', true);
delete from auth.users where id = (select customer from people);
select set_config('role', 'authenticated', true);
select is(tests.error_code('select public.me()'), 'unauthenticated', 'a token that outlives its account is nobody''s');

select * from finish();
rollback;
