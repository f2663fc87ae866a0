create function private.log_role_change()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.log_security_event('role_changed', 'warning', jsonb_build_object(
        'user_id', coalesce(new.id, old.id),
        'from', old.role,
        'to', new.role,
        'by', private.caller_role()
    ));
    return null;
end;
$$;
