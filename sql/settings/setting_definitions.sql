-- Every setting there is: what it may hold, what it starts as and who may see it.
create table private.setting_definitions (
    key text primary key,
    json_type text not null,
    kind text not null,
    default_value jsonb not null,
    minimum numeric,
    maximum numeric,
    is_nullable boolean not null default false,
    is_public boolean not null default false,
    description text not null,
    constraint setting_definitions_json_type_known check (
        json_type in ('string', 'number', 'boolean', 'array', 'object')
    ),
    constraint setting_definitions_kind_known check (
        kind in (
            'text', 'multiline_text', 'labels', 'email', 'country', 'currency', 'language', 'time_zone', 'number_prefix',
            'payment_method', 'rate_limit', 'address', 'user_agent', 'url', 'link_template', 'integer', 'percentage', 'boolean'
        )
    )
);
comment on table private.setting_definitions is
    'The keys of public.system_settings. private.setting_fault holds a value against its row here.';
comment on column private.setting_definitions.json_type is 'Type of the value; an array holds strings, an object label to string.';
comment on column private.setting_definitions.kind is 'The rule for the value, or for each string of an array or object.';
comment on column private.setting_definitions.minimum is 'Smallest number, or fewest entries of an array or object.';
comment on column private.setting_definitions.maximum is 'Largest number, most entries of an array or object, or most characters of a text.';
comment on column private.setting_definitions.is_nullable is 'JSON null means: not set.';
comment on column private.setting_definitions.is_public is 'Also in the view public.store_settings, which everybody reads.';

insert into private.setting_definitions (
    key, json_type, kind, default_value, minimum, maximum, is_nullable, is_public, description
)
values
    ('store.name', 'string', 'text', '"PrimoStore"', null, 100, false, true, 'Name of the shop.'),
    ('store.currency', 'string', 'currency', '"MAD"', null, 3, false, true, 'ISO code of the one currency of all amounts, of two decimals or none. Fixed once there are orders.'),
    ('store.country', 'string', 'country', '"MA"', null, 2, false, true, 'ISO code of the shop''s country, the default of addresses.'),
    ('store.time_zone', 'string', 'time_zone', '"Africa/Casablanca"', null, 64, false, true, 'IANA time zone of the shop''s days.'),
    ('store.languages', 'array', 'language', '["fr", "ar", "en"]', 1, 20, false, true, 'ISO codes of the shop''s languages, the first one is the default.'),
    ('store.support_email', 'string', 'email', 'null', null, 254, true, true, 'Where customers write to.'),
    ('order.number_prefix', 'string', 'number_prefix', '"PS"', null, 10, false, false, 'First part of an order number.'),
    ('checkout.payment_methods', 'array', 'payment_method', '["cod", "payment_link"]', 1, 3, false, true, 'Payment methods on offer: cod, payment_link, stripe.'),
    ('checkout.online_hold_minutes', 'number', 'integer', '30', 1, 10080, false, true, 'Minutes for which an order to be paid online holds its stock.'),
    ('checkout.cod_hold_hours', 'number', 'integer', '72', 1, 8760, false, true, 'Hours for which an order to be paid on delivery holds its stock.'),
    ('payment_link.template', 'string', 'link_template', 'null', null, 2048, true, false, 'URL of the payment page, with {order_number}, and {amount}, {currency}, {expires}, {signature}, {email} and {language} where it wants them.'),
    ('payment_link.valid_hours', 'number', 'integer', '24', 1, 8760, false, false, 'Hours for which a payment link can be used.'),
    ('tax.shipping_rate', 'number', 'percentage', '20', 0, 100, false, false, 'Per cent of tax contained in shipping prices.'),
    ('security.admin_mfa_required', 'boolean', 'boolean', 'false', null, null, false, false, 'Whether admins need a second factor (an aal2 token).'),
    ('security.admin_ip_allowlist', 'array', 'address', '[]', 0, 1000, false, false, 'Addresses and networks admins may come from; empty means anywhere.'),
    ('security.blocked_user_agents', 'array', 'user_agent', '["sqlmap", "nikto", "nmap"]', 0, 1000, false, false, 'Requests are refused when their User-Agent contains one of these, in any case.'),
    ('security.blocked_ips', 'array', 'address', '[]', 0, 1000, false, false, 'Addresses and networks whose requests are refused.'),
    ('security.auto_block_after', 'number', 'integer', '20', 1, 100000, false, false, 'Refusals in ten minutes after which an address is blocked for a time.'),
    ('security.auto_block_minutes', 'number', 'integer', '60', 1, 525600, false, false, 'Minutes for which a repeat offender''s address is blocked.'),
    ('rate_limits.enabled', 'boolean', 'boolean', 'true', null, null, false, false, 'Whether requests are limited and repeat offenders blocked at all.'),
    ('rate_limits.general', 'string', 'rate_limit', '"100/minute"', null, 20, false, false, 'Requests of one address.'),
    ('rate_limits.admin', 'string', 'rate_limit', '"500/minute"', null, 20, false, false, 'Requests of one admin.'),
    ('rate_limits.health', 'string', 'rate_limit', '"1000/minute"', null, 20, false, false, 'Health checks of one address.'),
    ('rate_limits.orders', 'string', 'rate_limit', '"5/minute"', null, 20, false, false, 'Orders of one customer, or of one address for guests.'),
    ('rate_limits.sign_in', 'string', 'rate_limit', '"10/hour"', null, 20, false, false, 'Sign-ins by password of one address; as many sign-ups, messages that Auth sends, codes, and second factors.'),
    ('rate_limits.coupons', 'string', 'rate_limit', '"30/minute"', null, 20, false, false, 'Coupon checks of one address, and wrong guesses at orders.'),
    ('rate_limits.product_create', 'string', 'rate_limit', '"20/hour"', null, 20, false, false, 'Products created by one admin.'),
    ('rate_limits.webhooks_unverified', 'string', 'rate_limit', '"60/minute"', null, 20, false, false, 'Webhooks with a bad signature from one address.'),
    ('retention.security_logs_days', 'number', 'integer', '90', 1, 36500, false, false, 'Days for which security_logs are kept.'),
    ('retention.audit_logs_days', 'number', 'integer', '730', 30, 36500, false, false, 'Days for which audit_logs are kept.'),
    ('alerts.email', 'string', 'email', 'null', null, 254, true, false, 'Where alerts are mailed to.'),
    ('alerts.webhook_url', 'string', 'url', 'null', null, 2048, true, false, 'Where alerts are posted to.'),
    ('notifications.webhook_url', 'string', 'url', 'null', null, 2048, true, false, 'Where order notifications are posted to.'),
    ('notifications.sender_name', 'string', 'text', 'null', null, 100, true, false, 'Name that mails to customers come from; the shop''s, when not set.'),
    ('notifications.reply_to', 'string', 'email', 'null', null, 254, true, false, 'Where answers to mails to customers go.'),
    ('seller.legal_name', 'string', 'text', 'null', null, 200, true, false, 'Name of the company on invoices; the shop''s, when not set.'),
    ('seller.address', 'string', 'multiline_text', 'null', null, 500, true, false, 'Address of the company on invoices, in lines.'),
    ('seller.tax_ids', 'object', 'labels', '{}', 0, 20, false, false, 'Identifiers of the company on invoices, label to value: ICE, IF, RC, Patente.'),
    ('seller.logo_url', 'string', 'url', 'null', null, 2048, true, false, 'Picture on invoices.'),
    ('invoice.number_prefix', 'string', 'number_prefix', '"FA"', null, 10, false, false, 'First part of an invoice''s number.'),
    ('invoice.credit_note_prefix', 'string', 'number_prefix', '"AV"', null, 10, false, false, 'First part of a credit note''s number.');
