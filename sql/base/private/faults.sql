-- What is wrong with a value, in words for its field in `invalid_input`; null when nothing is.

create function private.text_fault(
    value text,
    max_length integer,
    required boolean default false,
    multiline boolean default false
)
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null or btrim(value, E' \t\r\n') = '' then case when required then 'is required' end
        when char_length(value) > max_length then 'is too long (at most ' || max_length || ' characters)'
        when private.has_control_characters(value, multiline) then 'contains control characters'
        when private.has_markup(value) then 'contains HTML or script'
    end;
end;
$$;
grant execute on function private.text_fault to anon, authenticated, service_role;

create function private.email_fault(value text, required boolean default false)
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        private.text_fault(value, 254, required),
        case
            when value !~ '^[^@\s<>"(),:;\\\[\]]+@[^@\s<>"(),:;\\\[\]]+\.[^@\s<>"(),:;\\\[\].]+$' then 'is not an e-mail address'
        end
    );
end;
$$;
grant execute on function private.email_fault to anon, authenticated, service_role;

create function private.phone_fault(value text, required boolean default false)
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        private.text_fault(value, 20, required),
        case when value !~ '^\+?[0-9][0-9 ().-]{4,18}$' then 'is not a telephone number' end
    );
end;
$$;
grant execute on function private.phone_fault to anon, authenticated, service_role;
