-- What is wrong with an image's address; null when nothing is. Only what a browser may load, or a path of the shop itself.
create function private.image_url_fault(value text, required boolean default false)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language sql
    as $$
    select coalesce(
        private.text_fault(value, 2000, required),
        case when value !~ '^(https?://[^\s/"<>\\]+|/)[^\s"<>\\]*$' then 'must be an http(s) address or a path that begins with /' end
    );
$$;
grant execute on function private.image_url_fault to anon, authenticated, service_role;
