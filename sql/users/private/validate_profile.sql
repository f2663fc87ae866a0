create function private.validate_profile()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    new.name := private.trimmed(new.name);
    new.phone := private.clean_phone(new.phone);
    perform private.raise_invalid(jsonb_build_object(
        'name', private.text_fault(new.name, 255),
        'phone', private.phone_fault(new.phone),
        'role', private.role_fault(new.role)
    ));
    return new;
end;
$$;
