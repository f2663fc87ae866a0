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
    constraint setting_definitions_json_type_known check (json_type in ('string', 'number', 'boolean', 'array')),
    constraint setting_definitions_kind_known check (
        kind in (
            'text', 'email', 'country', 'currency', 'language', 'time_zone', 'number_prefix', 'payment_method', 'rate_limit',
            'address', 'user_agent', 'url', 'link_template', 'integer', 'percentage', 'boolean'
        )
    )
);
comment on table private.setting_definitions is
    'The keys of public.system_settings. private.setting_fault holds a value against its row here.';
comment on column private.setting_definitions.json_type is 'Type of the value; an array holds strings.';
comment on column private.setting_definitions.kind is 'The rule for the value, or for each string of an array.';
comment on column private.setting_definitions.minimum is 'Smallest number, or fewest entries of an array.';
comment on column private.setting_definitions.maximum is 'Largest number, most entries of an array, or most characters of a text.';
comment on column private.setting_definitions.is_nullable is 'JSON null means: not set.';
comment on column private.setting_definitions.is_public is 'Also in the view public.store_settings, which everybody reads.';

insert into private.setting_definitions (
    key, json_type, kind, default_value, minimum, maximum, is_nullable, is_public, description
)
values
    ('store.name', 'string', 'text', '"PrimoStore"', null, 100, false, true, 'Name of the shop.'),
    ('store.currency', 'string', 'currency', '"MAD"', null, 3, false, true, 'ISO code of the one currency of all amounts. Fixed once there are orders.'),
    ('store.country', 'string', 'country', '"MA"', null, 2, false, true, 'ISO code of the shop''s country, the default of addresses.'),
    ('store.time_zone', 'string', 'time_zone', '"Africa/Casablanca"', null, 64, false, true, 'IANA time zone of the shop''s days.'),
    ('store.languages', 'array', 'language', '["fr", "ar", "en"]', 1, 20, false, true, 'ISO codes of the shop''s languages, the first one is the default.'),
    ('store.support_email', 'string', 'email', 'null', null, 254, true, true, 'Where customers write to.'),
    ('order.number_prefix', 'string', 'number_prefix', '"PS"', null, 10, false, false, 'First part of an order number.'),
    ('checkout.payment_methods', 'array', 'payment_method', '["cod", "payment_link"]', 1, 3, false, true, 'Payment methods on offer: cod, payment_link, stripe.'),
    ('checkout.online_hold_minutes', 'number', 'integer', '30', 1, 10080, false, true, 'Minutes for which an order to be paid online holds its stock.'),
    ('checkout.cod_hold_hours', 'number', 'integer', '72', 1, 8760, false, true, 'Hours for which an order to be paid on delivery holds its stock.'),
    ('payment_link.template', 'string', 'link_template', 'null', null, 2048, true, false, 'URL of the payment page, with {order_number}, {amount}, {currency}, {expires} and {signature}.'),
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
    ('rate_limits.sign_in', 'string', 'rate_limit', '"10/hour"', null, 20, false, false, 'Sign-ins by password of one address.'),
    ('rate_limits.coupons', 'string', 'rate_limit', '"30/minute"', null, 20, false, false, 'Coupon checks of one address, and wrong guesses at orders.'),
    ('rate_limits.product_create', 'string', 'rate_limit', '"20/hour"', null, 20, false, false, 'Products created by one admin.'),
    ('retention.security_logs_days', 'number', 'integer', '90', 1, 36500, false, false, 'Days for which security_logs are kept.'),
    ('retention.audit_logs_days', 'number', 'integer', '730', 30, 36500, false, false, 'Days for which audit_logs are kept.'),
    ('alerts.email', 'string', 'email', 'null', null, 254, true, false, 'Where alerts are mailed to.'),
    ('alerts.webhook_url', 'string', 'url', 'null', null, 2048, true, false, 'Where alerts are posted to.'),
    ('notifications.webhook_url', 'string', 'url', 'null', null, 2048, true, false, 'Where order notifications are posted to.');

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
    language sql
    as $$
    select value ~ '^(https://[A-Za-z0-9.-]+|http://(localhost|127\.0\.0\.1))(:[0-9]{1,5})?([/?#][!-~]*)?$';
$$;

-- sql/settings/private/setting_text_fault.sql

-- What is wrong with a text of this kind; null when nothing is. Plain http is fine to this machine only, for development.
create function private.setting_text_fault(kind text, value text, max_length integer default 100)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select coalesce(
        private.text_fault(value, max_length, required => true),
        case kind
            when 'email' then private.email_fault(value, required => true)
            when 'country' then case when value !~ '^[A-Z]{2}$' then 'is not an ISO country code of two capital letters' end
            when 'currency' then case when value !~ '^[A-Z]{3}$' then 'is not an ISO currency code of three capital letters' end
            when 'language' then case when value !~ '^[a-z]{2}$' then 'is not an ISO language code of two small letters' end
            when 'time_zone' then case
                when not exists (
                    select
                    from pg_timezone_names
                    where pg_timezone_names.name = value
                ) then 'is not an IANA time zone'
            end
            when 'number_prefix' then case when value !~ '^[A-Z0-9]+$' then 'must be capital letters and digits' end
            when 'payment_method' then case
                when value not in ('cod', 'payment_link', 'stripe') then 'is not one of cod, payment_link, stripe'
            end
            when 'rate_limit' then case
                when value !~ '^[1-9][0-9]{0,6}/(second|minute|hour|day)$'
                    then 'must be a number and a unit: N/second, N/minute, N/hour or N/day'
            end
            when 'address' then case when private.to_inet(value) is null then 'is not an IP address or network' end
            -- Shorter ones would match nearly every browser.
            when 'user_agent' then case
                when char_length(btrim(value)) < 3 then 'is too short (at least 3 characters)'
            end
            when 'url' then case when not private.is_safe_url(value) then 'is not an https URL' end
            when 'link_template' then case
                when not private.is_safe_url(value) then 'is not an https URL'
                when exists (
                    select
                    from unnest(array['order_number', 'amount', 'currency', 'expires', 'signature']) as needed (name)
                    where position('{' || needed.name || '}' in value) = 0
                ) then 'must hold {order_number}, {amount}, {currency}, {expires} and {signature}'
                when regexp_replace(value, '\{(order_number|amount|currency|expires|signature)\}', '', 'g') ~ '[{}]'
                    then 'holds a placeholder that is not known'
            end
        end
    );
$$;

-- sql/settings/private/setting_entries_fault.sql

-- What is wrong with the entries of an array whose entries are texts of this kind; null when nothing is.
create function private.setting_entries_fault(kind text, entries jsonb)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select coalesce(
        (
            select case
                when jsonb_typeof(entry.value) <> 'string' then 'must be an array of strings'
                else format('holds %s, which %s', left(entry.value::text, 50), private.setting_text_fault(kind, entry.value #>> '{}'))
            end
            from jsonb_array_elements(entries) with ordinality as entry (value, place)
            where jsonb_typeof(entry.value) <> 'string'
                or private.setting_text_fault(kind, entry.value #>> '{}') is not null
            order by entry.place
            limit 1
        ),
        (
            select 'holds an entry twice'
            from jsonb_array_elements(entries) as entry (value)
            having count(*) > count(distinct entry.value)
        )
    );
$$;

-- sql/settings/private/currency_change_fault.sql

-- The amounts of orders would silently mean something else.
create function private.currency_change_fault(key text, value text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if currency_change_fault.key = 'store.currency' and exists (
        select
        from public.orders
        where orders.currency <> currency_change_fault.value
    ) then
        return 'cannot change once there are orders';
    end if;
    return null;
end;
$$;

-- sql/settings/private/setting_fault.sql

-- What is wrong with a value for this setting; null when nothing is.
create function private.setting_fault(key text, value jsonb)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    json_type text := coalesce(jsonb_typeof(setting_fault.value), 'null');
    definition private.setting_definitions;
    fault text;
begin
    select *
    into definition
    from private.setting_definitions
    where setting_definitions.key = setting_fault.key;

    if not found then
        return 'is not a setting';
    end if;
    if json_type = 'null' then
        return case when not definition.is_nullable then 'is required' end;
    end if;
    if json_type <> definition.json_type then
        return case definition.json_type
            when 'array' then 'must be an array of strings'
            else 'must be a ' || definition.json_type
        end;
    end if;

    if json_type = 'number' then
        fault := case
            when (setting_fault.value)::numeric not between definition.minimum and definition.maximum
                then format('must be %s to %s', definition.minimum, definition.maximum)
            when definition.kind = 'integer' and scale(trim_scale((setting_fault.value)::numeric)) > 0
                then 'must be a whole number'
            when scale(trim_scale((setting_fault.value)::numeric)) > 2 then 'must have at most 2 decimals'
        end;
    elsif json_type = 'string' then
        fault := coalesce(
            private.setting_text_fault(definition.kind, setting_fault.value #>> '{}', definition.maximum::integer),
            private.currency_change_fault(setting_fault.key, setting_fault.value #>> '{}')
        );
    elsif json_type = 'array' then
        fault := case
            when jsonb_array_length(setting_fault.value) not between definition.minimum and definition.maximum
                then format('must have %s to %s entries', definition.minimum, definition.maximum)
            else private.setting_entries_fault(definition.kind, setting_fault.value)
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

-- The part of the settings that everybody may read, for people who can't read the table.
create function private.public_settings()
    returns table (key text, value jsonb)
    stable
    security definer
    set search_path = ''
    rows 10
    language sql
    as $$
    select system_settings.key, system_settings.value
    from public.system_settings
    inner join private.setting_definitions on setting_definitions.key = system_settings.key
    where setting_definitions.is_public
    order by system_settings.key;
$$;
grant execute on function private.public_settings to anon, authenticated, service_role;

-- sql/settings/private/admin_update_settings.sql

create function private.admin_update_settings(changes jsonb)
    returns jsonb
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.require_admin();

    if jsonb_typeof(admin_update_settings.changes) is distinct from 'object' then
        perform private.raise_invalid('{"changes": "must be an object of key to value"}');
    end if;
    perform private.raise_invalid((
        select jsonb_object_agg(left(change.key, 100), private.setting_fault(change.key, change.value))
        from jsonb_each(admin_update_settings.changes) as change (key, value)
        where private.setting_fault(change.key, change.value) is not null
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

-- sql/settings/triggers.sql

create function private.validate_setting()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    -- JSON null reaches us as SQL null from a client's PATCH.
    new.value := coalesce(new.value, 'null'::jsonb);
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        new.key, private.setting_fault(new.key, new.value)
    )));
    new.updated_by := private.caller_id();
    return new;
end;
$$;

create trigger validate
    before insert or update of key, value on public.system_settings
    for each row execute function private.validate_setting();

-- Of `value` only: a deleted account that leaves `updated_by` is no change of the setting.
create trigger set_updated_at
    before update of value on public.system_settings
    for each row execute function private.set_updated_at();

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
    'What a shop frontend needs of the settings: rows {key, value} of store.* and checkout.*. Everybody may read it.';
comment on column public.store_settings.key is 'Such as store.currency.';
comment on column public.store_settings.value is 'JSON; null means not set.';

grant select on public.store_settings to anon, authenticated, service_role;

-- sql/settings/api/admin_update_settings.sql

create function public.admin_update_settings(changes jsonb)
    returns jsonb
    set search_path = ''
    language sql
    as $$
    select private.admin_update_settings(changes);
$$;
comment on function public.admin_update_settings is
    'Changes settings, {key: value, …}, all or nothing, and returns those changed; null unsets what can be unset. Admins only. Errors: unauthenticated, forbidden, mfa_required, invalid_input ({key: reason}).';
grant execute on function public.admin_update_settings to anon, authenticated, service_role;
