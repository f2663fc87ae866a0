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
