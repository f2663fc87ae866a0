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
