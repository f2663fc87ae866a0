-- Whether a query matches any product that is not hidden itself. Only the index can tell that there is none: the planner
-- would rather read the table until it meets one.
create function private.is_found(query tsquery)
    returns boolean
    stable
    set search_path = ''
    set enable_seqscan = off
    language plpgsql
    as $$
begin
    return exists (
        select
        from public.products
        where products.search @@ is_found.query and products.is_active and products.deleted_at is null
    );
end;
$$;
