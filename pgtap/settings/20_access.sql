-- Who reads and writes settings.
begin;
select plan(17);

create temporary table people as
select
    tests.create_user('settings-customer@example.com') as customer,
    tests.create_user('settings-admin@example.com', 'admin') as admin;
grant select on people to public;

select tests.authenticate_as_anon();
select is(tests.error_code('select * from public.system_settings'), '42501', 'visitors cannot read the settings');
select is(
    (select value from public.store_settings where key = 'store.currency'),
    '"MAD"',
    'visitors read the public settings'
);
select is_empty(
    $$ select key from public.store_settings where key not like 'store.%' and key not like 'checkout.%' $$,
    'visitors see no setting that is not meant for them'
);
select is(
    tests.error_code($$ select public.admin_update_settings('{"store.name": "Mine"}') $$),
    'unauthenticated',
    'visitors are asked to sign in to change settings'
);

select tests.authenticate_as((select customer from people));
select is_empty('select * from public.system_settings', 'customers cannot read the settings');
select isnt_empty('select * from public.store_settings', 'customers read the public settings');
select is(
    tests.rows_of($$ update public.system_settings set value = '"Mine"' where key = 'store.name' returning key $$),
    0::bigint,
    'customers cannot change a setting'
);
select is(
    tests.error_code($$ select public.admin_update_settings('{"store.name": "Mine"}') $$),
    'forbidden',
    'customers cannot change settings through the function either'
);

select tests.authenticate_as((select admin from people));
select is(
    tests.rows_of($$ update public.system_settings set value = '"Bazaar"' where key = 'store.name' returning key $$),
    1::bigint,
    'admins change a setting'
);
select results_eq(
    $$ select value, updated_by from public.system_settings where key = 'store.name' $$,
    $$ select '"Bazaar"'::jsonb, admin from people $$,
    'a changed setting says who changed it'
);
select is(
    tests.error_details($$ update public.system_settings set value = '""' where key = 'store.name' $$),
    '{"store.name": "is required"}',
    'a bad value is refused with its key and the reason'
);
select is(
    tests.error_code($$ update public.system_settings set value = null where key = 'store.support_email' $$),
    null,
    'null unsets what can be unset'
);
select is(
    tests.error_code($$ insert into public.system_settings (key, value) values ('mine', '1') $$),
    '42501',
    'nobody adds a setting'
);
select is(
    tests.error_code($$ delete from public.system_settings where key = 'store.name' $$),
    '42501',
    'nobody deletes a setting'
);
select is(
    tests.error_code($$ update public.system_settings set key = 'store.title' where key = 'store.name' $$),
    '42501',
    'nobody renames a setting'
);

select tests.authenticate_as_service();
select is(
    tests.rows_of($$ update public.system_settings set value = '"Souk"' where key = 'store.name' returning key $$),
    1::bigint,
    'the service changes a setting'
);
select is(
    tests.error_code($$ delete from public.system_settings $$),
    '42501',
    'the service cannot delete settings'
);

select * from finish();
rollback;
