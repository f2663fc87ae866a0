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
