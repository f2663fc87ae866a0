-- Which value a setting takes.
begin;
select plan(64);

select set_eq(
    'select key from public.system_settings',
    array[
        'store.name', 'store.currency', 'store.country', 'store.time_zone', 'store.languages', 'store.support_email',
        'order.number_prefix', 'checkout.payment_methods', 'checkout.online_hold_minutes', 'checkout.cod_hold_hours',
        'payment_link.template', 'payment_link.valid_hours', 'tax.shipping_rate', 'security.admin_mfa_required',
        'security.admin_ip_allowlist', 'security.blocked_user_agents', 'security.blocked_ips', 'security.auto_block_after',
        'security.auto_block_minutes', 'rate_limits.enabled', 'rate_limits.general', 'rate_limits.admin',
        'rate_limits.health', 'rate_limits.orders', 'rate_limits.sign_in', 'rate_limits.coupons',
        'rate_limits.product_create', 'retention.security_logs_days', 'retention.audit_logs_days', 'alerts.email',
        'alerts.webhook_url', 'notifications.webhook_url'
    ],
    'there is a row for each setting'
);

select is_empty(
    $$ select key, private.setting_fault(key, default_value) from private.setting_definitions
    where private.setting_fault(key, default_value) is not null $$,
    'every default is valid'
);

create temporary table cases (key text, value jsonb, fault text);
insert into cases
values
    ('no.such_key', '1', 'is not a setting'),
    ('store.name', '"Souk & Co <3"', null),
    ('store.name', '""', 'is required'),
    ('store.name', 'null', 'is required'),
    ('store.name', '12', 'must be a string'),
    ('store.name', '"<b>Shop</b>"', 'contains HTML or script'),
    ('store.currency', '"mad"', 'is not an ISO currency code of three capital letters'),
    ('store.country', '"MAR"', 'is too long (at most 2 characters)'),
    ('store.country', '"fr"', 'is not an ISO country code of two capital letters'),
    ('store.time_zone', '"Europe/Paris"', null),
    ('store.time_zone', '"Europe/Atlantis"', 'is not an IANA time zone'),
    ('store.time_zone', '"+02"', 'is not an IANA time zone'),
    ('store.languages', '["fr", "en"]', null),
    ('store.languages', '[]', 'must have 1 to 20 entries'),
    ('store.languages', '["french"]', 'holds "french", which is not an ISO language code of two small letters'),
    ('store.languages', '["fr", "fr"]', 'holds an entry twice'),
    ('store.languages', '"fr"', 'must be an array of strings'),
    ('store.languages', '["fr", 1]', 'must be an array of strings'),
    ('store.support_email', '"help@example.com"', null),
    ('store.support_email', 'null', null),
    ('store.support_email', '"help"', 'is not an e-mail address'),
    ('order.number_prefix', '"SHOP2"', null),
    ('order.number_prefix', '"shop-"', 'must be capital letters and digits'),
    ('checkout.payment_methods', '["stripe", "cod"]', null),
    ('checkout.payment_methods', '["cheque"]', 'holds "cheque", which is not one of cod, payment_link, stripe'),
    ('checkout.payment_methods', '[]', 'must have 1 to 3 entries'),
    ('checkout.online_hold_minutes', '1', null),
    ('checkout.online_hold_minutes', '0', 'must be 1 to 10080'),
    ('checkout.online_hold_minutes', '1.5', 'must be a whole number'),
    ('checkout.online_hold_minutes', '1e400', 'must be 1 to 10080'),
    ('checkout.online_hold_minutes', '"30"', 'must be a number'),
    ('checkout.cod_hold_hours', '-1', 'must be 1 to 8760'),
    ('tax.shipping_rate', '5.5', null),
    ('tax.shipping_rate', '5.555', 'must have at most 2 decimals'),
    ('tax.shipping_rate', '101', 'must be 0 to 100'),
    ('payment_link.template', '"https://pay.example.com/{order_number}?a={amount}&c={currency}&e={expires}&s={signature}"', null),
    ('payment_link.template', '"https://pay.example.com/{order_number}"', 'must hold {order_number}, {amount}, {currency}, {expires} and {signature}'),
    ('payment_link.template', '"https://pay.example.com/{order_number}{amount}{currency}{expires}{signature}{email}"', 'holds a placeholder that is not known'),
    ('payment_link.template', '"https://{order_number}.example.com/{amount}{currency}{expires}{signature}"', 'is not an https URL'),
    ('payment_link.template', 'null', null),
    ('security.admin_mfa_required', 'true', null),
    ('security.admin_mfa_required', '"true"', 'must be a boolean'),
    ('security.admin_ip_allowlist', '["10.0.0.0/8", "2001:db8::1"]', null),
    ('security.blocked_ips', '["10.0.0.256"]', 'holds "10.0.0.256", which is not an IP address or network'),
    ('security.blocked_ips', '[{"ip": 1}]', 'must be an array of strings'),
    ('security.blocked_user_agents', '["evilbot"]', null),
    ('security.blocked_user_agents', '[""]', 'holds "", which is required'),
    ('security.blocked_user_agents', '["a"]', 'holds "a", which is too short (at least 3 characters)'),
    ('security.auto_block_after', '0', 'must be 1 to 100000'),
    ('rate_limits.general', '"50/second"', null),
    ('rate_limits.general', '"50/fortnight"', 'must be a number and a unit: N/second, N/minute, N/hour or N/day'),
    ('rate_limits.general', '"0/minute"', 'must be a number and a unit: N/second, N/minute, N/hour or N/day'),
    ('rate_limits.general', '100', 'must be a string'),
    ('retention.audit_logs_days', '29', 'must be 30 to 36500'),
    ('alerts.webhook_url', '"https://hooks.example.com/x?y=1"', null),
    ('alerts.webhook_url', '"http://localhost:9000/hook"', null),
    ('alerts.webhook_url', '"http://hooks.example.com"', 'is not an https URL'),
    ('alerts.webhook_url', '"https://user:pass@hooks.example.com"', 'is not an https URL'),
    ('notifications.webhook_url', '"javascript:alert(1)"', 'contains HTML or script');

select is(
    private.setting_fault(key, value),
    fault,
    format('%s %s %s', key, case when fault is null then 'takes' else 'refuses' end, value)
)
from cases;

insert into public.orders (
    order_number, payment_method, currency, subtotal, total, shipping_address
)
values ('TEST-1', 'cod', private.setting_text('store.currency'), 10, 10, '{"full_name": "A", "line1": "1", "city": "Fes", "country": "MA"}');

select is(
    private.setting_fault('store.currency', '"EUR"'),
    'cannot change once there are orders',
    'the currency is fixed once there are orders'
);
select is(
    private.setting_fault('store.currency', private.setting('store.currency')),
    null,
    'saving the same currency again is fine'
);
select throws_like(
    $$ select private.setting('no.such_key') $$,
    'There is no setting%',
    'reading a setting that does not exist is a mistake in the program'
);

select * from finish();
rollback;
