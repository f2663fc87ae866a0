-- What else text from people may not hold, beside markup. CHECK constraints and triggers both call these; strict, since most
-- columns are often null.

create function private.has_control_characters(value text, multiline boolean default false)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when multiline then value ~ '[\u0001-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]'
        else value ~ '[\u0001-\u001f\u007f-\u009f]'
    end;
end;
$$;
grant execute on function private.has_control_characters to anon, authenticated, service_role;

-- Overrides and isolates of the direction of writing: "Thé" and "gpj.exe" behind one of them reads "Thé exe.jpg".
create function private.has_direction_overrides(value text)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return octet_length(value) > char_length(value) and value ~ '[\u202a-\u202e\u2066-\u2069]';
end;
$$;
grant execute on function private.has_direction_overrides to anon, authenticated, service_role;

create function private.is_plain_text(value text, multiline boolean default false)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return not private.has_markup(value)
        and not private.has_control_characters(value, multiline)
        and (multiline or not private.has_direction_overrides(value));
end;
$$;
grant execute on function private.is_plain_text to anon, authenticated, service_role;
