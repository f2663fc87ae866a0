-- What a normalised word of a search looks for among the words of SKUs: see private.search_document.
create function private.sku_query(word text)
    returns tsquery
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return to_tsquery('pg_catalog.simple', quote_literal('ø' || word));
end;
$$;
