-- Several settings in one call, all or nothing.
begin;
select plan(21);

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
    '{"checkout.cod_hold_hours": "must be at least 1", "store.currency": "must be a string", "nope": "is not a setting"}',
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

-- What would shut its author out.
select tests.authenticate_as((select admin from people));
select tests.set_headers('{"cf-connecting-ip": "203.0.113.7", "user-agent": "Firefox on Atlas"}');
select is(
    tests.faults($$ select public.admin_update_settings('{"security.admin_mfa_required": true}') $$),
    '{"security.admin_mfa_required": ["locks_out"]}',
    'an admin without a second factor does not require one by mistake'
);
select is(
    tests.faults($$ select public.admin_update_settings('{"security.admin_ip_allowlist": ["198.51.100.0/24"]}') $$),
    '{"security.admin_ip_allowlist": ["locks_out"]}',
    'nor allows only other addresses'
);
select is(
    tests.faults($$ select public.admin_update_settings('{"security.blocked_ips": ["203.0.113.0/24"], "security.blocked_user_agents": ["firefox"]}') $$),
    '{"security.blocked_ips": ["locks_out"], "security.blocked_user_agents": ["locks_out"]}',
    'nor blocks their own address or browser'
);
select is(
    tests.faults($$ update public.system_settings set value = '["198.51.100.0/24"]' where key = 'security.admin_ip_allowlist' $$),
    '{"security.admin_ip_allowlist": ["locks_out"]}',
    'nor by writing the table'
);
select is(
    tests.faults($$ select public.admin_update_settings('{"security.admin_ip_allowlist": ["203.0.113.0/24"]}') $$),
    null,
    'a list with the own address is fine'
);
select tests.set_headers(null);
select tests.authenticate_as((select admin from people));
select is(
    tests.faults($$ update public.system_settings set value = '["203.0.113.0/24"]' where key = 'security.admin_ip_allowlist' $$),
    null,
    'who has no rights changes nothing'
);

select tests.authenticate_as_service();
select public.admin_update_settings('{"security.admin_ip_allowlist": []}');
select tests.authenticate_as((select admin from people));
select is(
    tests.faults($$ select public.admin_update_settings('{"security.admin_ip_allowlist": ["203.0.113.0/24"]}') $$),
    '{"security.admin_ip_allowlist": ["locks_out"]}',
    'an address that nobody knows is in no list'
);
select tests.authenticate_as((select admin from people), 'aal2');
select is(
    tests.faults($$ select public.admin_update_settings('{"security.admin_mfa_required": true}') $$),
    null,
    'an admin with a second factor requires one'
);
select tests.authenticate_as_service();
select is(
    tests.faults($$ select public.admin_update_settings('{"security.admin_mfa_required": false}') $$),
    null,
    'the service changes what it likes'
);
select tests.authenticate_as((select admin from people));
select is(
    tests.faults($$ select public.admin_update_settings('{"security.admin_mfa_required": true, "store.currency": "TND"}', confirm => true) $$),
    '{"store.currency": ["decimals", 2]}',
    'confirming excuses no other fault'
);
select is(
    tests.faults($$ select public.admin_update_settings('{"security.admin_mfa_required": true}', confirm => true) $$),
    null,
    'who confirms is taken at their word'
);
select tests.authenticate_as((select admin from people));
select is(
    tests.error_code($$ select public.admin_update_settings('{"security.admin_mfa_required": false}') $$),
    'mfa_required',
    'and is locked out'
);

select * from finish();
rollback;
