-- Profiles: made with the account, read and changed by their owner.
begin;
select plan(26);

create temporary table people as
select
    tests.create_user('amina@example.com') as amina,
    tests.create_user('bilal@example.com') as bilal,
    tests.create_user('profile-admin@example.com', 'admin') as admin;
grant select on people to public;

select results_eq(
    $$ select role, name from public.user_profiles where id = (select amina from people) $$,
    $$ values ('customer', null::text) $$,
    'a new account has a customer''s profile'
);

insert into auth.users (id, email, raw_user_meta_data)
values
    ('00000000-0000-4000-8000-000000000001', 'named@example.com', '{"name": " Salma ", "role": "admin"}'),
    ('00000000-0000-4000-8000-000000000002', 'hostile@example.com', '{"full_name": "<script>alert(1)</script>"}'),
    ('00000000-0000-4000-8000-000000000003', 'odd@example.com', '{"name": {"first": 1}}'),
    ('00000000-0000-4000-8000-000000000004', 'none@example.com', null),
    ('00000000-0000-4000-8000-000000000006', 'unseen@example.com', '{"name": "\u200b\u00a0"}');
select results_eq(
    $$ select name, role from public.user_profiles where id = '00000000-0000-4000-8000-000000000001' $$,
    $$ values ('Salma', 'customer') $$,
    'a sign-up brings its name, never its role'
);
select is(
    (select name from public.user_profiles where id = '00000000-0000-4000-8000-000000000002'),
    null,
    'a hostile name is left out and the sign-up goes on'
);
select is(
    (select name from public.user_profiles where id = '00000000-0000-4000-8000-000000000006'),
    null,
    'a name that can''t be seen is none'
);
select is(
    (select count(*) from public.user_profiles where id::text like '00000000-0000-4000-8000-00000000000_'),
    5::bigint,
    'odd or missing metadata does not cost the profile'
);

set local client_min_messages to error;
alter table public.user_profiles add constraint broken check (name <> 'Unlucky');
select lives_ok(
    $$ insert into auth.users (id, email, raw_user_meta_data)
    values ('00000000-0000-4000-8000-000000000005', 'unlucky@example.com', '{"name": "Unlucky"}') $$,
    'a profile that cannot be made does not fail the sign-up'
);
alter table public.user_profiles drop constraint broken;

select tests.authenticate_as('00000000-0000-4000-8000-000000000005');
select is(public.me() ->> 'role', 'customer', 'me makes a missing profile');
select isnt_empty('select id from public.user_profiles', 'and it is there from then on');

select tests.authenticate_as_anon();
select is(tests.error_code('select * from public.user_profiles'), '42501', 'visitors cannot read profiles');

select tests.authenticate_as((select amina from people));
select results_eq(
    'select id from public.user_profiles',
    'select amina from people',
    'customers read their own profile only'
);
select is(
    tests.rows_of($$ update public.user_profiles set name = ' Amina B. ', phone = '+212 600-000000' returning id $$),
    1::bigint,
    'customers change their own name and phone only'
);
select results_eq(
    $$ select name, phone from public.user_profiles $$,
    $$ values ('Amina B.', '+212 600-000000') $$,
    'and find them stored, trimmed'
);
select is(
    tests.rows_of($$ update public.user_profiles set name = 'x' where id = (select bilal from people) returning id $$),
    0::bigint,
    'customers cannot change another customer''s profile'
);
select is(
    tests.error_code($$ update public.user_profiles set role = 'admin' $$),
    '42501',
    'customers cannot make themselves admins'
);
select is(
    tests.error_code($$ insert into public.user_profiles (id, role) values (gen_random_uuid(), 'admin') $$),
    '42501',
    'customers cannot add a profile'
);
select is(tests.error_code('delete from public.user_profiles'), '42501', 'customers cannot delete their profile');
select is(
    tests.error_details($$ update public.user_profiles set name = '<img src=x onerror=alert(1)>', phone = 'call me' $$),
    '{"name": "contains HTML or script", "phone": "is not a telephone number"}',
    'all faults of a profile come back at once'
);
select is(
    tests.faults($$ update public.user_profiles set name = E'Amina\u202e', phone = '0-----' $$),
    '{"name": ["direction"], "phone": ["not_phone"]}',
    'and as codes'
);
select is(
    tests.rows_of($$ update public.user_profiles set phone = '٠٦٦١٠٠٠٠٠٠' returning id $$),
    1::bigint,
    'a number in Arabic digits'
);
select is((select phone from public.user_profiles), '0661000000', 'is kept in those that everybody dials');
select is(
    tests.error_code($$ update public.user_profiles set name = 'O''Brien <3 أمينة 🎉; drop table orders' $$),
    null,
    'apostrophes, a lone <, Arabic, emoji and SQL are just text'
);
select is(
    tests.error_code(format($$ update public.user_profiles set name = %L $$, repeat('x', 256))),
    'invalid_input',
    'an oversized name is refused'
);

select tests.authenticate_as((select admin from people));
select cmp_ok(
    (select count(*) from public.user_profiles),
    '>=',
    7::bigint,
    'admins read all profiles'
);
select is(
    tests.rows_of($$ update public.user_profiles set name = 'Bilal' where id = (select bilal from people) returning id $$),
    1::bigint,
    'admins change a customer''s name'
);
select is(
    tests.error_code($$ update public.user_profiles set role = 'admin' where id = (select bilal from people) $$),
    '42501',
    'not even admins write the role directly'
);

select tests.clear_authentication();
delete from auth.users where id = (select amina from people);
select is_empty(
    'select id from public.user_profiles where id = (select amina from people)',
    'a profile goes with its account'
);

select * from finish();
rollback;
