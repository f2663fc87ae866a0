-- Addresses: their owner's, with one default of each kind.
begin;
select plan(33);

create temporary table people as
select
    tests.create_user('address-amina@example.com') as amina,
    tests.create_user('address-bilal@example.com') as bilal,
    tests.create_user('address-admin@example.com', 'admin') as admin;
grant select on people to public;

select tests.authenticate_as_anon();
select is(tests.error_code('select * from public.user_addresses'), '42501', 'visitors cannot read addresses');
select is(
    tests.error_code($$ insert into public.user_addresses (full_name, line1, city) values ('A', '1', 'Fes') $$),
    '42501',
    'visitors cannot keep addresses'
);

select tests.authenticate_as((select bilal from people));
insert into public.user_addresses (id, full_name, line1, city, is_default_shipping)
values ('00000000-0000-4000-8000-0000000000b1', 'Bilal', '1 rue Souk', 'Fès', true);

select tests.authenticate_as((select amina from people));
insert into public.user_addresses (id, label, full_name, line1, city, is_default_shipping, is_default_billing)
values ('00000000-0000-4000-8000-0000000000a1', 'Home', ' Amina ', '12 rue des Fleurs', 'Casablanca', true, true);
select results_eq(
    'select user_id, full_name, country::text from public.user_addresses',
    $$ select amina, 'Amina', 'MA' from people $$,
    'an address is its maker''s, trimmed, in Morocco unless it says otherwise'
);
select is_empty(
    $$ select id from public.user_addresses where user_id <> (select amina from people) $$,
    'customers cannot read another customer''s addresses'
);
select is(
    tests.error_code($$ insert into public.user_addresses (user_id, full_name, line1, city)
    values ((select bilal from people), 'A', '1', 'Fes') $$),
    '42501',
    'customers cannot give another customer an address'
);
select is(
    tests.rows_of($$ update public.user_addresses set city = 'Rabat'
    where id = '00000000-0000-4000-8000-0000000000b1' returning id $$),
    0::bigint,
    'customers cannot change another customer''s address'
);
select is(
    tests.rows_of($$ delete from public.user_addresses where id = '00000000-0000-4000-8000-0000000000b1' returning id $$),
    0::bigint,
    'customers cannot delete another customer''s address'
);
select is(
    tests.error_code($$ update public.user_addresses set user_id = (select bilal from people) $$),
    '42501',
    'customers cannot pass an address on'
);

insert into public.user_addresses (id, label, full_name, line1, city, country, is_default_shipping)
values ('00000000-0000-4000-8000-0000000000a2', 'Office', 'Amina', '3 avenue Hassan II', 'Paris', 'fr', true);
select results_eq(
    'select label, is_default_shipping, is_default_billing, country::text from public.user_addresses order by label',
    $$ values ('Home', false, true, 'MA'), ('Office', true, false, 'FR') $$,
    'a new default takes it from the old one, of its kind only'
);
select is(
    (select tests.rows_of($$ update public.user_addresses set is_default_shipping = true, is_default_billing = true
    where label = 'Home' returning id $$)),
    1::bigint,
    'an old address can become the default again'
);
select results_eq(
    'select label, is_default_shipping, is_default_billing from public.user_addresses order by label',
    $$ values ('Home', true, true), ('Office', false, false) $$,
    'and takes it back'
);
select is(
    tests.error_code($$ insert into public.user_addresses (label, full_name, line1, city, is_default_billing)
    values ('One', 'A', '1', 'Fes', true), ('Two', 'A', '2', 'Fes', true) $$),
    null,
    'of several new defaults at once'
);
select results_eq(
    'select label from public.user_addresses where is_default_billing',
    array['Two'],
    'the last one stays'
);
select is(
    tests.rows_of($$ insert into public.user_addresses (id, full_name, line1, city)
    values ('00000000-0000-4000-8000-0000000000a2', 'Amina', '4 avenue Hassan II', 'Rabat')
    on conflict (id) do update set id = excluded.id, full_name = excluded.full_name, line1 = excluded.line1, city = excluded.city
    returning id $$),
    1::bigint,
    'an upsert changes an address that exists'
);
select is(
    tests.error_code($$ insert into public.user_addresses (id, full_name, line1, city)
    values ('00000000-0000-4000-8000-0000000000b1', 'Amina', '4 avenue Hassan II', 'Rabat')
    on conflict (id) do update set id = excluded.id, full_name = excluded.full_name, line1 = excluded.line1, city = excluded.city $$),
    '42501',
    'an upsert cannot reach another customer''s address'
);

select is(
    tests.error_details($$ insert into public.user_addresses (label, full_name, phone, line1, city, postal_code, country)
    values ('<b>x</b>', null, 'abc', ' ', E'Fes\u0007', repeat('9', 21), 'Morocco') $$),
    '{
        "label": "contains HTML or script", "full_name": "is required", "phone": "is not a telephone number",
        "line1": "is required", "city": "contains control characters",
        "postal_code": "is too long (at most 20 characters)", "country": "is not an ISO country code of two letters"
    }',
    'all faults of an address come back at once'
);
select is(
    tests.error_code($$ insert into public.user_addresses (full_name, line1, city, is_default_shipping)
    values ('A', '1', 'Fes', null) $$),
    'invalid_input',
    'null is no default'
);
select is(
    tests.error_code($$ insert into public.user_addresses (full_name, line1, city)
    values ('Zoë O''Neil', '12, زنقة الورود', 'الدار البيضاء') $$),
    null,
    'Arabic, accents and apostrophes are just text'
);
select is(
    tests.error_code($$ insert into public.user_addresses (full_name, line1, city, created_at) values ('A', '1', 'Fes', now()) $$),
    '42501',
    'customers do not write timestamps'
);
select is(
    tests.rows_of($$ delete from public.user_addresses where label = 'Two' returning id $$),
    1::bigint,
    'customers delete their address'
);

select is(
    tests.rows_of($$ update public.user_addresses set phone = E'\u202a+212\u00a0661-00-00-00\u202c', line2 = E'\u200b', full_name = E'\u00a0Amina\u00a0'
    where label = 'Home' returning id $$),
    1::bigint,
    'people write numbers and names as they have them'
);
select results_eq(
    $$ select phone, line2, full_name from public.user_addresses where label = 'Home' $$,
    $$ values ('+212 661-00-00-00', null::text, 'Amina') $$,
    'and find them as they can be read'
);
select is(
    tests.faults($$ update public.user_addresses set country = null where label = 'Home' $$),
    '{"country": ["required"]}',
    'an address has a country'
);

select tests.authenticate_as((select bilal from people));
select is(
    (select is_default_shipping from public.user_addresses where id = '00000000-0000-4000-8000-0000000000b1'),
    true,
    'another customer''s defaults stay as they are'
);

select tests.authenticate_as((select admin from people));
select cmp_ok((select count(distinct user_id) from public.user_addresses), '>=', 2::bigint, 'admins read all addresses');
select is(
    tests.rows_of($$ update public.user_addresses set city = 'Meknès'
    where id = '00000000-0000-4000-8000-0000000000b1' returning id $$),
    1::bigint,
    'admins correct an address'
);
select is(
    tests.error_code($$ insert into public.user_addresses (user_id, full_name, line1, city)
    values ((select amina from people), 'Amina', '5 bd Zerktouni', 'Casablanca') $$),
    null,
    'admins add an address for a customer'
);

select tests.authenticate_as_service();
select is(
    tests.error_details($$ insert into public.user_addresses (full_name, line1, city) values ('A', '1', 'Fes') $$),
    '{"user_id": "is required"}',
    'the service says whose address it is'
);

select tests.clear_authentication();
select throws_ok(
    $$ insert into public.user_addresses (user_id, full_name, line1, city)
    select gen_random_uuid(), 'A', '1', 'Fes' $$,
    '23503',
    null,
    'an address needs an account'
);
update public.system_settings set value = '"FR"' where key = 'store.country';
select tests.authenticate_as((select amina from people));
insert into public.user_addresses (label, full_name, line1, city) values ('Abroad', 'Amina', '1 rue de Lyon', 'Paris');
select is((select country from public.user_addresses where label = 'Abroad'), 'FR', 'an address without a country is in the store''s');

select tests.clear_authentication();
create function pg_temp.outlive(user_id uuid) returns void language plpgsql as $$
begin
    perform tests.authenticate_as(outlive.user_id);
    perform set_config('role', 'none', true);
    delete from auth.users where users.id = outlive.user_id;
    perform set_config('role', 'authenticated', true);
end $$;
select pg_temp.outlive((select amina from people));
select is(
    tests.error_code($$ insert into public.user_addresses (full_name, line1, city) values ('A', '1', 'Fes') $$),
    'unauthenticated',
    'a token that outlives its account is told to sign in'
);
select is(tests.error_code('select public.get_cart()'), 'unauthenticated', 'at the cart, too');
select tests.clear_authentication();
select is_empty(
    'select id from public.user_addresses where user_id = (select amina from people)',
    'addresses go with their account'
);

select * from finish();
rollback;
