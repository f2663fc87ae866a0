-- Which value a setting takes.
begin;
select plan(87);

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
        'alerts.webhook_url', 'notifications.webhook_url', 'notifications.sender_name', 'notifications.reply_to',
        'seller.legal_name', 'seller.address', 'seller.tax_ids', 'seller.logo_url', 'invoice.number_prefix',
        'invoice.credit_note_prefix', 'rate_limits.webhooks_unverified'
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
    ('store.languages', '[]', 'is required'),
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
    ('checkout.payment_methods', '["cheque"]', 'holds "cheque", which must be one of: cod, payment_link, stripe'),
    ('checkout.payment_methods', '[]', 'is required'),
    ('checkout.online_hold_minutes', '1', null),
    ('checkout.online_hold_minutes', '0', 'must be at least 1'),
    ('checkout.online_hold_minutes', '1.5', 'must be a whole number'),
    ('checkout.online_hold_minutes', '1e400', 'must be at most 10080'),
    ('checkout.online_hold_minutes', '"30"', 'must be a number'),
    ('checkout.cod_hold_hours', '-1', 'must be at least 1'),
    ('tax.shipping_rate', '5.5', null),
    ('tax.shipping_rate', '5.555', 'must have at most 2 decimals'),
    ('tax.shipping_rate', '101', 'must be at most 100'),
    ('payment_link.template', '"https://pay.example.com/{order_number}?a={amount}&c={currency}&e={expires}&s={signature}"', null),
    ('payment_link.template', '"https://pay.example.com/{order_number}?prefilled_email={email}&l={language}"', null),
    ('payment_link.template', '"https://pay.example.com/{amount}"', 'must hold {order_number}'),
    ('payment_link.template', '"https://pay.example.com/{order_number}{name}"', 'holds a placeholder that is not known'),
    ('payment_link.template', '"https://{order_number}.example.com/{amount}{currency}{expires}{signature}"', 'is not an https URL'),
    ('payment_link.template', 'null', null),
    ('security.admin_mfa_required', 'true', null),
    ('security.admin_mfa_required', '"true"', 'must be true or false'),
    ('security.admin_ip_allowlist', '["10.0.0.0/8", "2001:db8::1"]', null),
    ('security.blocked_ips', '["10.0.0.256"]', 'holds "10.0.0.256", which is not an IP address or network'),
    ('security.blocked_ips', '[{"ip": 1}]', 'must be an array of strings'),
    ('security.blocked_user_agents', '["evilbot"]', null),
    ('security.blocked_user_agents', '[""]', 'holds "", which is required'),
    ('security.blocked_user_agents', '["a"]', 'holds "a", which is too short (at least 3 characters)'),
    ('security.auto_block_after', '0', 'must be at least 1'),
    ('rate_limits.general', '"50/second"', null),
    ('rate_limits.general', '"50/fortnight"', 'must be a number and a unit: N/second, N/minute, N/hour or N/day'),
    ('rate_limits.general', '"0/minute"', 'must be a number and a unit: N/second, N/minute, N/hour or N/day'),
    ('rate_limits.general', '100', 'must be a string'),
    ('retention.audit_logs_days', '29', 'must be at least 30'),
    ('alerts.webhook_url', '"https://hooks.example.com/x?y=1"', null),
    ('alerts.webhook_url', '"http://localhost:9000/hook"', null),
    ('alerts.webhook_url', '"http://hooks.example.com"', 'is not an https URL'),
    ('alerts.webhook_url', '"https://user:pass@hooks.example.com"', 'is not an https URL'),
    ('store.currency', '"XOF"', null),
    ('store.currency', '"TND"', 'has more than two decimals, which amounts are kept with'),
    ('store.name', '"\u200b\u00a0"', 'is required'),
    ('store.name', '"Souk\u202egpj.exe"', 'contains characters that change the direction of writing'),
    ('seller.address', '"12, rue des Fleurs\nCasablanca"', null),
    ('seller.legal_name', '"Atlas\nSARL"', 'contains control characters'),
    ('seller.tax_ids', '{"ICE": "001234567000089", "R.C.": "Casablanca 12345"}', null),
    ('seller.tax_ids', '["ICE"]', 'must be an object of label to string'),
    ('seller.tax_ids', '{"ICE": 1234567}', 'must be an object of label to string'),
    ('seller.tax_ids', '{"ICE": " "}', 'holds a value of "ICE" that is required'),
    ('seller.tax_ids', '{"<b>": "1"}', 'holds the label "<b>", which contains HTML or script'),
    ('seller.logo_url', '"https://cdn.example.com/logo.png"', null),
    ('invoice.number_prefix', '"FA"', null),
    ('invoice.credit_note_prefix', 'null', 'is required'),
    ('notifications.reply_to', '"boutique"', 'is not an e-mail address'),
    ('notifications.webhook_url', '"javascript:alert(1)"', 'is not an https URL');

select is(
    private.fault_reason(private.setting_fault(key, value)),
    fault,
    format('%s %s %s', key, case when fault is null then 'takes' else 'refuses' end, value)
)
from cases;

-- The labels of seller.tax_ids are bounded.
select is(
    private.setting_fault('seller.tax_ids', (select jsonb_object_agg('label ' || n, '1') from generate_series(1, 21) as n)),
    '["too_many", 20]',
    'at most 20 labels'
);

-- The currency and the amounts in it. The seed's may have decimals.
update public.products set price = round(price), compare_at_price = null;
delete from public.product_costs;
update public.shipping_methods set price = round(price), free_from = round(free_from);
update public.coupons set discount_value = round(discount_value), min_order_amount = null, max_discount_amount = null;
select is(private.setting_fault('store.currency', '"JPY"'), null, 'a shop with whole amounts takes a currency without decimals');
insert into public.shipping_methods (name, price) values ('Courier', 25.50);
select is(
    private.setting_fault('store.currency', '"JPY"') - 2,
    '["decimals", 0]',
    'a shipping price with decimals is no amount of a currency without'
);
select is(private.setting_fault('store.currency', '"EUR"'), null, 'but one of another with two');
update public.shipping_methods set price = 25 where name = 'Courier';
insert into public.coupons (code, discount_type, discount_value) values ('CENTS', 'fixed', 1.50);
select is(private.setting_fault('store.currency', '"JPY"') - 2, '["decimals", 0]', 'nor is a coupon of 1.50');
update public.coupons set discount_type = 'percentage' where code = 'CENTS';
select is(private.setting_fault('store.currency', '"JPY"'), null, 'a percentage of 1.50 is no amount');
select tests.create_product('CENTS', 9.99, 1);
select is(private.setting_fault('store.currency', '"JPY"') - 2, '["decimals", 0]', 'nor is a price of 9.99');

insert into public.orders (
    order_number, payment_method, currency, subtotal, total, shipping_address
)
values ('TEST-1', 'cod', private.setting_text('store.currency'), 10, 10, '{"full_name": "A", "line1": "1", "city": "Fes", "country": "MA"}');

select is(
    private.setting_fault('store.currency', '"EUR"') - 1,
    '["in_use"]',
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
