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
