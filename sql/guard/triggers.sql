create trigger keep_guard_settings
    after insert or update of value on public.system_settings
    for each statement execute function private.keep_guard_settings();

create trigger keep_guard_settings
    after insert or update or delete on private.deployment
    for each statement execute function private.keep_guard_settings();

create trigger keep_guard_settings
    after insert or update or delete on private.blocked_addresses
    for each statement execute function private.keep_guard_settings();

-- For the settings that are there already.
do $$
begin
    perform private.refresh_guard_settings();
end;
$$;
