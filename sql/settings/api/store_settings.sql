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
