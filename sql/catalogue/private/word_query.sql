-- What a normalised word of a search looks for: itself, words it begins, and its stems. `weights` limits it to some of
-- the weights of private.search_document; empty for all.
create function private.word_query(word text, weights text default '')
    returns tsquery
    immutable
    set search_path = ''
    language sql
    as $$
    select to_tsquery('pg_catalog.simple', quote_literal(word) || ':*' || weights)
        || to_tsquery('pg_catalog.french', quote_literal(word) || ':' || weights)
        || to_tsquery('pg_catalog.english', quote_literal(word) || ':' || weights)
        || to_tsquery('pg_catalog.arabic', quote_literal(word) || ':' || weights);
$$;
