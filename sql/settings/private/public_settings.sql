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
