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
