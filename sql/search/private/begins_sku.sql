-- Whether any product's SKU begins so: see private.search_code. As in private.is_found, only the index can tell.
create function private.begins_sku(code text)
    returns boolean
    stable
    set search_path = ''
    set enable_seqscan = off
    language plpgsql
    as $$
begin
    return exists (
        select
        from private.search_documents
        where search_documents.code ~>=~ begins_sku.code
            and search_documents.code ~<~ (begins_sku.code || chr(1114111))
    );
end;
$$;
