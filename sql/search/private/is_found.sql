-- Whether a query matches any product that is not hidden itself. Only the index of documents can tell that there is none:
-- the planner would rather read the table, in any order, until it meets one.
create function private.is_found(query tsquery)
    returns boolean
    stable
    set search_path = ''
    set enable_seqscan = off
    set enable_indexscan = off
    language plpgsql
    as $$
begin
    return exists (
        select
        from private.search_documents
        where search_documents.document @@ is_found.query
    );
end;
$$;
