-- Composed from sql/settings by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/settings/setting_definitions.sql

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

-- sql/settings/system_settings.sql

create table public.system_settings (
    key text primary key references private.setting_definitions on delete cascade,
    value jsonb not null,
    description text,
    updated_by uuid references auth.users on delete set null,
    updated_at timestamptz not null default now()
);
create index system_settings_updated_by_idx on public.system_settings (updated_by) where updated_by is not null;

comment on table public.system_settings is
    'Settings of the shop: one row for each key there is, changed but never added or removed. Admins only; customers read the view store_settings.';
comment on column public.system_settings.key is 'Such as checkout.online_hold_minutes; the unit of a number is in its key.';
comment on column public.system_settings.value is 'JSON; null means not set. A value that is not valid is refused as invalid_input with {key: reason}.';
comment on column public.system_settings.updated_by is 'The admin who changed it last; null for the default, a worker or a deleted account.';

insert into public.system_settings (key, value, description)
select key, default_value, description
from private.setting_definitions;

-- sql/settings/shop_settings.sql

-- What checkout needs of the settings, as one row that is looked up instead of eight that are parsed. Kept by a trigger of
-- system_settings, which stays the truth.
create table private.shop_settings (
    is_only boolean primary key default true,
    currency text not null,
    currency_decimals integer not null,
    country text not null,
    time_zone text not null,
    languages text[] not null,
    order_number_prefix text not null,
    payment_methods text[] not null,
    online_hold interval not null,
    cod_hold interval not null,
    shipping_tax_rate numeric not null,
    constraint shop_settings_one_row check (is_only)
);
comment on table private.shop_settings is 'The settings of the shop that every order needs, in their own types. One row.';

-- sql/settings/private/keep_shop_settings.sql

-- Writes private.shop_settings anew from the settings.
create function private.write_shop_settings()
    returns void
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into private.shop_settings (
        currency, currency_decimals, country, time_zone, languages, order_number_prefix, payment_methods,
        online_hold, cod_hold, shipping_tax_rate
    )
    select
        found.settings ->> 'store.currency',
        private.currency_decimals(found.settings ->> 'store.currency'),
        found.settings ->> 'store.country',
        found.settings ->> 'store.time_zone',
        array(select jsonb_array_elements_text(found.settings -> 'store.languages')),
        found.settings ->> 'order.number_prefix',
        array(select jsonb_array_elements_text(found.settings -> 'checkout.payment_methods')),
        make_interval(mins => (found.settings ->> 'checkout.online_hold_minutes')::integer),
        make_interval(hours => (found.settings ->> 'checkout.cod_hold_hours')::integer),
        (found.settings ->> 'tax.shipping_rate')::numeric
    from (
        select jsonb_object_agg(system_settings.key, system_settings.value) as settings
        from public.system_settings
    ) as found
    on conflict (is_only)
    do update set
        currency = excluded.currency,
        currency_decimals = excluded.currency_decimals,
        country = excluded.country,
        time_zone = excluded.time_zone,
        languages = excluded.languages,
        order_number_prefix = excluded.order_number_prefix,
        payment_methods = excluded.payment_methods,
        online_hold = excluded.online_hold,
        cod_hold = excluded.cod_hold,
        shipping_tax_rate = excluded.shipping_tax_rate;
end;
$$;

select private.write_shop_settings();

-- The row of private.shop_settings is written last, and one transaction after the other: of two that change different
-- settings at once, the second writes what both say.
create function private.keep_shop_settings()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform
    from private.shop_settings
    for update;
    perform private.write_shop_settings();
    return null;
end;
$$;

-- sql/settings/private/to_inet.sql

-- Text as an address or network; null when it is neither.
create function private.to_inet(value text)
    returns inet
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return value::inet;
exception
    when invalid_text_representation then
        return null;
end;
$$;

-- sql/settings/private/is_safe_url.sql

-- An https URL without a user in it, or a plain http one to this machine.
create function private.is_safe_url(value text)
    returns boolean
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return value ~ '^(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?([/?#][!-~]*)?$';
end;
$$;

-- sql/settings/private/setting_text_fault.sql

-- What is wrong with a text of this kind; null when nothing is. Plain http is fine to this machine only, for development.
create function private.setting_text_fault(kind text, value text, max_length integer default 100)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        private.text_fault(value, max_length, required => true, multiline => kind = 'multiline_text'),
        case kind
            when 'email' then private.email_fault(value, required => true)
            when 'country' then case
                when value !~ '^[A-Z]{2}$' then '["pattern", "MA", {"reason": "is not an ISO country code of two capital letters"}]'::jsonb
            end
            when 'currency' then case
                when value !~ '^[A-Z]{3}$'
                    then '["pattern", "MAD", {"reason": "is not an ISO currency code of three capital letters"}]'::jsonb
                when private.currency_decimals(value) not in (0, 2)
                    then '["decimals", 2, {"reason": "has more than two decimals, which amounts are kept with"}]'
            end
            when 'language' then case
                when value !~ '^[a-z]{2}$' then '["pattern", "fr", {"reason": "is not an ISO language code of two small letters"}]'::jsonb
            end
            when 'time_zone' then case
                when not exists (
                    select
                    from pg_timezone_names
                    where pg_timezone_names.name = value
                ) then '["pattern", "Africa/Casablanca", {"reason": "is not an IANA time zone"}]'::jsonb
            end
            when 'number_prefix' then case
                when value !~ '^[A-Z0-9]+$' then '["pattern", "PS", {"reason": "must be capital letters and digits"}]'::jsonb
            end
            when 'payment_method' then case
                when value not in ('cod', 'payment_link', 'stripe') then '["one_of", "cod", "payment_link", "stripe"]'::jsonb
            end
            when 'rate_limit' then case
                when value !~ '^[1-9][0-9]{0,6}/(second|minute|hour|day)$'
                    then '["pattern", "100/minute", {"reason": "must be a number and a unit: N/second, N/minute, N/hour or N/day"}]'::jsonb
            end
            when 'address' then case
                when private.to_inet(value) is null
                    then '["pattern", "203.0.113.0/24", {"reason": "is not an IP address or network"}]'::jsonb
            end
            -- Shorter ones would match nearly every browser.
            when 'user_agent' then case
                when char_length(btrim(value)) < 3 then '["too_short", 3]'::jsonb
            end
            when 'url' then case when not private.is_safe_url(value) then '["not_url", {"reason": "is not an https URL"}]'::jsonb end
            when 'link_template' then case
                when not private.is_safe_url(value) then '["not_url", {"reason": "is not an https URL"}]'::jsonb
                when position('{order_number}' in value) = 0
                    then '["pattern", "{order_number}", {"reason": "must hold {order_number}"}]'
                when regexp_replace(value, '\{(order_number|amount|currency|expires|signature|email|language)\}', '', 'g') ~ '[{}]'
                    then '["unknown", {"reason": "holds a placeholder that is not known"}]'
            end
        end
    );
end;
$$;

-- sql/settings/private/setting_entries_fault.sql

-- What is wrong with the entries of an array whose entries are texts of this kind; null when nothing is.
create function private.setting_entries_fault(kind text, entries jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        (
            select case
                when jsonb_typeof(entry.value) <> 'string'
                    then '["not_array", {"reason": "must be an array of strings"}]'::jsonb
                else private.fault_with_reason(
                    private.setting_text_fault(kind, entry.value #>> '{}'),
                    format('holds %s, which %%s', left(entry.value::text, 50))
                )
            end
            from jsonb_array_elements(entries) with ordinality as entry (value, place)
            where jsonb_typeof(entry.value) <> 'string'
                or private.setting_text_fault(kind, entry.value #>> '{}') is not null
            order by entry.place
            limit 1
        ),
        (
            select '["duplicate", {"reason": "holds an entry twice"}]'::jsonb
            from jsonb_array_elements(entries) as entry (value)
            having count(*) > count(distinct entry.value)
        )
    );
end;
$$;

-- The same for an object of label to text.
create function private.setting_labels_fault(labels jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select coalesce(
            private.fault_with_reason(
                private.text_fault(label.key, 50, required => true),
                format('holds the label "%s", which %%s', left(label.key, 50))
            ),
            case
                when jsonb_typeof(label.value) <> 'string' then '["not_object", {"reason": "must be an object of label to string"}]'::jsonb
                else private.fault_with_reason(
                    private.text_fault(label.value #>> '{}', 100, required => true),
                    format('holds a value of "%s" that %%s', left(label.key, 50))
                )
            end
        )
        from jsonb_each(labels) as label
        where jsonb_typeof(label.value) <> 'string'
            or private.text_fault(label.key, 50, required => true) is not null
            or private.text_fault(label.value #>> '{}', 100, required => true) is not null
        order by label.key
        limit 1
    );
end;
$$;

-- sql/settings/private/currency_change_fault.sql

-- What is wrong with another currency for the store; null when nothing is. The amounts of orders would silently mean something
-- else, and amounts with decimals would not be any of a currency without.
create function private.currency_change_fault(key text, value text)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    present text;
begin
    if currency_change_fault.key <> 'store.currency' then
        return null;
    end if;
    present := private.setting_text('store.currency');
    if present is not distinct from currency_change_fault.value then
        return null;
    end if;

    if exists (
        select
        from public.orders
    ) then
        return '["in_use", {"reason": "cannot change once there are orders"}]'::jsonb;
    end if;
    if private.currency_decimals(currency_change_fault.value) < private.currency_decimals(present) and (
        exists (
            select
            from public.products
            where products.price % 1 <> 0 or products.compare_at_price % 1 <> 0
        )
        or exists (
            select
            from public.product_costs
            where product_costs.cost_price % 1 <> 0
        )
        or exists (
            select
            from public.shipping_methods
            where shipping_methods.price % 1 <> 0 or shipping_methods.free_from % 1 <> 0
        )
        or exists (
            select
            from public.coupons
            where coupons.discount_type = 'fixed' and coupons.discount_value % 1 <> 0
                or coupons.min_order_amount % 1 <> 0
                or coupons.max_discount_amount % 1 <> 0
        )
    ) then
        return '["decimals", 0, {"reason": "has no decimals, and prices, coupons or shipping methods have some"}]'::jsonb;
    end if;
    return null;
end;
$$;

-- sql/settings/private/setting_fault.sql

-- What is wrong with a value for this setting; null when nothing is.
create function private.setting_fault(key text, value jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    json_type constant text := coalesce(jsonb_typeof(setting_fault.value), 'null');
    definition private.setting_definitions;
    fault jsonb;
begin
    select *
    into definition
    from private.setting_definitions
    where setting_definitions.key = setting_fault.key;

    if not found then
        return '["unknown", {"reason": "is not a setting"}]'::jsonb;
    end if;
    if json_type = 'null' then
        return case when not definition.is_nullable then '["required"]'::jsonb end;
    end if;
    if json_type <> definition.json_type then
        return case definition.json_type
            when 'array' then '["not_array", {"reason": "must be an array of strings"}]'::jsonb
            when 'number' then '["not_number"]'
            when 'boolean' then '["not_boolean"]'
            when 'object' then '["not_object", {"reason": "must be an object of label to string"}]'
            else '["pattern", "text", {"reason": "must be a string"}]'
        end;
    end if;

    if json_type = 'number' then
        fault := case
            when (setting_fault.value)::numeric < definition.minimum then jsonb_build_array('below', definition.minimum)
            when (setting_fault.value)::numeric > definition.maximum then jsonb_build_array('above', definition.maximum)
            when definition.kind = 'integer' and scale(trim_scale((setting_fault.value)::numeric)) > 0 then '["not_integer"]'
            when scale(trim_scale((setting_fault.value)::numeric)) > 2 then '["decimals", 2]'
        end;
    elsif json_type = 'string' then
        fault := coalesce(
            private.setting_text_fault(definition.kind, setting_fault.value #>> '{}', definition.maximum::integer),
            private.currency_change_fault(setting_fault.key, setting_fault.value #>> '{}')
        );
    elsif json_type = 'array' then
        fault := case
            when jsonb_array_length(setting_fault.value) < definition.minimum then '["required"]'::jsonb
            when jsonb_array_length(setting_fault.value) > definition.maximum then jsonb_build_array('too_many', definition.maximum)
            else private.setting_entries_fault(definition.kind, setting_fault.value)
        end;
    elsif json_type = 'object' then
        fault := case
            when (select count(*) from jsonb_object_keys(setting_fault.value)) > definition.maximum
                then jsonb_build_array('too_many', definition.maximum)
            else private.setting_labels_fault(setting_fault.value)
        end;
    end if;
    return fault;
end;
$$;

-- sql/settings/private/setting.sql

-- Settings for other functions: one indexed lookup, with a plan kept for the session. A key that does not exist is a
-- mistake in the program, so it raises.

create function private.setting(key text)
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    found_value jsonb;
begin
    select system_settings.value
    into found_value
    from public.system_settings
    where system_settings.key = setting.key;

    if not found then
        raise exception 'There is no setting "%".', setting.key
            using hint = 'private.setting_definitions lists the settings.';
    end if;
    return found_value;
end;
$$;
grant execute on function private.setting to authenticated, service_role;

create function private.setting_text(key text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.setting(setting_text.key) #>> '{}';
end;
$$;
grant execute on function private.setting_text to authenticated, service_role;

create function private.setting_int(key text)
    returns integer
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (private.setting(setting_int.key) #>> '{}')::integer;
end;
$$;
grant execute on function private.setting_int to authenticated, service_role;

create function private.setting_boolean(key text)
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (private.setting(setting_boolean.key) #>> '{}')::boolean;
end;
$$;
grant execute on function private.setting_boolean to authenticated, service_role;

-- sql/settings/private/public_settings.sql

-- The part of the settings that everybody may read, for people who can't read the table. Of the ways to pay only those that
-- are set up.
create function private.public_settings()
    returns table (key text, value jsonb)
    stable
    security definer
    set search_path = ''
    rows 10
    language plpgsql
    as $$
begin
    return query
    select
        system_settings.key,
        case
            when system_settings.key = 'checkout.payment_methods' then (
                select coalesce(jsonb_agg(offered.method order by offered.place), '[]'::jsonb)
                from jsonb_array_elements_text(system_settings.value) with ordinality as offered (method, place)
                where private.payment_method_ready(offered.method)
            )
            else system_settings.value
        end
    from public.system_settings
    inner join private.setting_definitions on setting_definitions.key = system_settings.key
    where setting_definitions.is_public
    order by system_settings.key;
end;
$$;
grant execute on function private.public_settings to anon, authenticated, service_role;

-- sql/settings/private/is_listed_address.sql

-- Whether an address is in one of the networks of a JSON array; an unknown one is in none.
create function private.is_listed_address(address inet, networks jsonb)
    returns boolean
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select
        from jsonb_array_elements_text(is_listed_address.networks) as listed (network)
        where is_listed_address.address <<= listed.network::inet
    );
end;
$$;

-- sql/settings/private/lockout_fault.sql

-- Whether a valid value of this setting would shut its author out: the fault, or null. The service is exempt.
create function private.lockout_fault(key text, value jsonb)
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.is_service() then
        return null;
    end if;
    return case
        when case lockout_fault.key
            when 'security.admin_mfa_required' then
                lockout_fault.value = 'true' and auth.jwt() ->> 'aal' is distinct from 'aal2'
            when 'security.admin_ip_allowlist' then
                lockout_fault.value <> '[]' and not private.is_listed_address(private.client_ip(), lockout_fault.value)
            when 'security.blocked_ips' then
                private.is_listed_address(private.client_ip(), lockout_fault.value)
            when 'security.blocked_user_agents' then exists (
                select
                from jsonb_array_elements_text(lockout_fault.value) as blocked (part)
                where position(lower(blocked.part) in lower(private.request_header('user-agent'))) > 0
            )
        end then '["locks_out"]'::jsonb
    end;
end;
$$;
grant execute on function private.lockout_fault to authenticated, service_role;

-- A change through the table can't be confirmed. rpc/admin_update_settings, which writes as the table's owner, asks for itself.
create function private.refuse_lockout()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    if current_user = private.caller_role() then
        perform private.raise_invalid(jsonb_build_object(new.key, private.lockout_fault(new.key, new.value)));
    end if;
    return new;
end;
$$;

-- sql/settings/private/admin_update_settings.sql

create function private.admin_update_settings(changes jsonb, confirm boolean)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.require_admin();

    if jsonb_typeof(admin_update_settings.changes) is distinct from 'object' then
        perform private.raise_invalid('{"changes": ["not_object", {"reason": "must be an object of key to value"}]}');
    end if;
    perform private.raise_invalid((
        select jsonb_object_agg(
            left(change.key, 100),
            coalesce(
                private.setting_fault(change.key, change.value),
                case
                    when admin_update_settings.confirm is not true then private.lockout_fault(change.key, change.value)
                end
            )
        )
        from jsonb_each(admin_update_settings.changes) as change (key, value)
    ));

    -- In one order, so that two admins who save at once wait instead of blocking each other.
    perform
    from public.system_settings
    where admin_update_settings.changes ? system_settings.key
    order by system_settings.key
    for no key update;

    update public.system_settings
    set value = change.value
    from jsonb_each(admin_update_settings.changes) as change (key, value)
    where system_settings.key = change.key;

    return admin_update_settings.changes;
end;
$$;
grant execute on function private.admin_update_settings to anon, authenticated, service_role;

-- sql/settings/private/validate_setting.sql

create function private.validate_setting()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    -- JSON null reaches us as SQL null from a client's PATCH.
    new.value := coalesce(new.value, 'null'::jsonb);
    perform private.raise_invalid(jsonb_build_object(new.key, private.setting_fault(new.key, new.value)));
    new.updated_by := private.caller_id();
    return new;
end;
$$;

-- sql/settings/triggers.sql

create trigger validate
    before insert or update of key, value on public.system_settings
    for each row execute function private.validate_setting();

-- Named to come after `validate`, which refuses what can't be compared.
create trigger validated_refuse_lockout
    before update of value on public.system_settings
    for each row execute function private.refuse_lockout();

-- Of `value` only: a deleted account that leaves `updated_by` is no change of the setting.
create trigger set_updated_at
    before update of value on public.system_settings
    for each row execute function private.set_updated_at();

create trigger keep_shop_settings
    after update on public.system_settings
    for each statement execute function private.keep_shop_settings();

call private.audit_writes('public.system_settings', 'key', left_out => array['updated_by'], actions => array['update']);

-- sql/settings/access.sql

alter table public.system_settings enable row level security;

grant select, update (value) on public.system_settings to authenticated, service_role;

create policy "admins read settings" on public.system_settings
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins change settings" on public.system_settings
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

-- sql/settings/api/store_settings.sql

create view public.store_settings
with (security_invoker = true)
as
select key, value
from private.public_settings();

comment on view public.store_settings is
    'What a shop frontend needs of the settings: rows {key, value} of store.* and checkout.*. checkout.payment_methods are those that are set up. Everybody may read it.';
comment on column public.store_settings.key is 'Such as store.currency.';
comment on column public.store_settings.value is 'JSON; null means not set.';

grant select on public.store_settings to anon, authenticated, service_role;

-- sql/settings/api/admin_update_settings.sql

create function public.admin_update_settings(changes jsonb, confirm boolean default false)
    returns jsonb
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.admin_update_settings(changes, confirm);
end;
$$;
comment on function public.admin_update_settings is
    'Changes settings, {key: value, …}, all or nothing, and returns those changed; null unsets what can be unset. What would shut the caller out (a second factor they lack, addresses that are not theirs) is locks_out, unless confirm is true. Admins only. Errors: unauthenticated, forbidden, mfa_required, invalid_input ({key: reason}).';
grant execute on function public.admin_update_settings to anon, authenticated, service_role;
