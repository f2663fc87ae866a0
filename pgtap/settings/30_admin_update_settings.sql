-- Several settings in one call, all or nothing.
begin;
select plan(9);

create temporary table people as
select tests.create_user('settings-admin@example.com', 'admin') as admin;
grant select on people to public;

select tests.authenticate_as((select admin from people));
select is(
    public.admin_update_settings('{"store.name": "Bazaar", "checkout.online_hold_minutes": 15}'),
    '{"store.name": "Bazaar", "checkout.online_hold_minutes": 15}',
    'the settings that changed come back'
);
select results_eq(
    $$ select value from public.system_settings where key in ('checkout.online_hold_minutes', 'store.name') order by key $$,
    array['15'::jsonb, '"Bazaar"'],
    'all of them are stored'
);
select is(
    tests.error_details($$ select public.admin_update_settings(
        '{"store.name": "Souk", "checkout.cod_hold_hours": 0, "store.currency": 1, "nope": true}'
    ) $$),
    '{"checkout.cod_hold_hours": "must be 1 to 8760", "store.currency": "must be a string", "nope": "is not a setting"}',
    'all faults come back at once'
);
select is(
    private.setting_text('store.name'),
    'Bazaar',
    'nothing is stored when one value is bad'
);
select is(
    public.admin_update_settings('{"alerts.email": null}'),
    '{"alerts.email": null}',
    'null unsets what can be unset'
);
select is(
    tests.error_code($$ select public.admin_update_settings('["store.name"]') $$),
    'invalid_input',
    'an array is refused'
);
select is(tests.error_code('select public.admin_update_settings(null)'), 'invalid_input', 'null is refused');
select is(public.admin_update_settings('{}'), '{}', 'no change is no change');

select tests.authenticate_as_service();
select is(
    public.admin_update_settings('{"store.name": "Souk"}'),
    '{"store.name": "Souk"}',
    'the service changes settings'
);

select * from finish();
rollback;
