-- What is wrong with a name in URLs; null when nothing is.
create function private.slug_fault(value text, max_length integer)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null or value = '' then '["required"]'::jsonb
        when char_length(value) > max_length then jsonb_build_array('too_long', max_length)
        when value !~ '^[a-z0-9]+(-[a-z0-9]+)*$'
            then '["pattern", "green-tea", {"reason": "must be lower-case letters, digits and single hyphens"}]'
    end;
end;
$$;
