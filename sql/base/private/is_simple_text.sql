-- Whether a text holds only what nobody needs to look at twice: no `<`, no backslash, no control characters, no blanks but the
-- plain one, nothing invisible. Spares most texts the rules of private.text_fault.
create function private.is_simple_text(value text)
    returns boolean
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return value !~ (
        '[<\\\u0001-\u001f\u007f-\u00a0\u00ad\u034f\u061c\u115f\u1160\u1680\u17b4\u17b5\u180b-\u180f\u2000-\u200f\u2028-\u202f'
        || '\u205f-\u206f\u2800\u3000\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\uffff]'
    );
end;
$$;
grant execute on function private.is_simple_text to anon, authenticated, service_role;
