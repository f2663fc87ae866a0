-- Whether a query matches any product that is not hidden itself. Planned anew each time: whether the index or the table
-- answers sooner depends on the words.
create function private.is_found(query tsquery)
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    found_one boolean;
begin
    execute 'select exists (
            select
            from public.products
            where products.search @@ $1 and products.is_active and products.deleted_at is null
        )'
    using is_found.query
    into found_one;
    return found_one;
end;
$$;
