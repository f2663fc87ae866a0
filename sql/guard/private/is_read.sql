-- Whether a request only reads, by its method and path such as "POST /rest/v1/rpc/search_products": clients call functions
-- by POST, those too that change nothing.
create function private.is_read(endpoint text)
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return is_read.endpoint ~ '^(GET|HEAD|OPTIONS) ' or exists (
        select
        from pg_catalog.pg_proc
        where pg_proc.pronamespace = 'public'::regnamespace
            and pg_proc.proname = substring(is_read.endpoint from '^POST (?:/rest/v1)?/rpc/([^/?]+)')
            and pg_proc.provolatile <> 'v'
    );
end;
$$;
