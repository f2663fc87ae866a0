-- What text from people may hold. CHECK constraints and triggers both call these; strict, since most columns are often null.

-- A tag, closed or not, a comment or a script URL. A lone `<` is text: browsers start a tag only where a letter,
-- `/`, `!` or `?` follows at once.
create function private.has_markup(value text)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    -- Spares nearly every text the regular expressions.
    if position('<' in value) = 0 and position(':' in value) = 0 then
        return false;
    end if;
    return value ~* '<[/!?]?[a-z][^<>]*>'
        or value ~* '<[a-z][a-z0-9-]*[\s/]+[^<>]*='
        or value ~* '</?(script|style|iframe|object|embed|svg|math|img|link|meta|base|form|html|body)\M'
        or value ~* '<(!--|!\[|!doctype|\?xml)'
        or value ~* '(java|vb)script\s*:';
end;
$$;
grant execute on function private.has_markup to anon, authenticated, service_role;

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

create function private.is_plain_text(value text, multiline boolean default false)
    returns boolean
    immutable
    strict
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return not private.has_markup(value) and not private.has_control_characters(value, multiline);
end;
$$;
grant execute on function private.is_plain_text to anon, authenticated, service_role;
