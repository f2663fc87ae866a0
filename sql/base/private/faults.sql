-- What is wrong with a value, as the fault of its field in `invalid_input` (see private.fault_codes); null when nothing is.

-- A text of blanks and invisible characters only is none. What people send is trimmed first: private.trimmed.
create function private.text_fault(
    value text,
    max_length integer,
    required boolean default false,
    multiline boolean default false
)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    -- Nearly every text: letters, digits and punctuation of ASCII, Latin and Arabic, without `<`. One look, and no calls.
    if value ~ '^[!-;=-~\u00c0-\u024f\u0620-\u064a][ -;=-~\u00c0-\u024f\u0620-\u064a\u0660-\u0669]*$'
        and char_length(value) <= max_length
    then
        return null;
    end if;
    return case
        when private.is_blank(value) then case when required then '["required"]'::jsonb end
        when char_length(value) > max_length then jsonb_build_array('too_long', max_length)
        when private.has_control_characters(value, multiline) then '["control"]'
        when not multiline and private.has_direction_overrides(value) then '["direction"]'
        when private.has_markup(value) then '["markup"]'
    end;
end;
$$;
grant execute on function private.text_fault to anon, authenticated, service_role;

-- No mail reaches an address with an invisible character in it.
create function private.email_fault(value text, required boolean default false)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        private.text_fault(value, 254, required),
        case
            when value !~ '^[^@\s<>"(),:;\\\[\]]+@[^@\s<>"(),:;\\\[\]]+\.[^@\s<>"(),:;\\\[\].]+$'
                or private.without_invisible(value) <> value
                then '["not_email"]'::jsonb
        end
    );
end;
$$;
grant execute on function private.email_fault to anon, authenticated, service_role;

-- A country as clients may write it; it is kept in capitals, without the blanks around it.
create function private.country_fault(value text, required boolean default false)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when private.is_blank(value) then case when required then '["required"]'::jsonb end
        when private.trimmed(value) !~ '^[A-Za-z]{2}$' then '["pattern", "MA", {"reason": "is not an ISO country code of two letters"}]'
    end;
end;
$$;
grant execute on function private.country_fault to anon, authenticated, service_role;

-- Times that clients can read back; PostgreSQL's own reach from 4713 BC to 294276 and infinity.
create function private.date_fault(value timestamptz, required boolean default false)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null then case when required then '["required"]'::jsonb end
        when value < '1900-01-01 00:00:00+00' or value >= '10000-01-01 00:00:00+00' then '["not_date"]'
    end;
end;
$$;
grant execute on function private.date_fault to authenticated, service_role;

-- A whole number, as a column of type bigint takes it.
create function private.integer_fault(
    value bigint,
    minimum bigint default 0,
    maximum bigint default 2147483647,
    required boolean default false
)
    returns jsonb
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null then case when required then '["required"]'::jsonb end
        when value < minimum then jsonb_build_array('below', minimum)
        when value > maximum then jsonb_build_array('above', maximum)
    end;
end;
$$;
grant execute on function private.integer_fault to anon, authenticated, service_role;
