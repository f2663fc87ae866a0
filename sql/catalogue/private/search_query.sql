-- What someone typed as a query: every word must be there, as a stem in one of the languages or as a beginning.
create function private.search_query(q text)
    returns tsquery
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    word text;
    terms tsquery;
    term tsquery;
begin
    for word in
        select words.word
        from regexp_split_to_table(private.normal_text(search_query.q), ' ') as words (word)
        where words.word <> ''
        limit 10
    loop
        term := (quote_literal(word) || ':*')::tsquery
            || plainto_tsquery('pg_catalog.french', word)
            || plainto_tsquery('pg_catalog.english', word)
            || plainto_tsquery('pg_catalog.arabic', word);
        terms := coalesce(terms && term, term);
    end loop;
    return terms;
end;
$$;
