-- What is wrong with an image's address; null when nothing is. Only what a browser may load, or a path of the shop itself.
create function private.image_url_fault(value text, required boolean default false)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        private.text_fault(value, 2000, required),
        case
            when value !~ '^(https?://[^\s/"<>\\]+|/)[^\s"<>\\]*$'
                then '["not_url", {"reason": "must be an http(s) address or a path that begins with /"}]'::jsonb
        end
    );
end;
$$;
