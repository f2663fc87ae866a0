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
