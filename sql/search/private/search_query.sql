-- A search as queries over private.search_documents: what must match; what counts for rank; and what must match for a hit
-- by brand or SKU, and by SKU alone. All words must match, but for stop words beside others. Where no text has them all,
-- words that are found in no text are taken for mistyped ones; that a SKU has them all changes nothing in that.
create function private.search_query(q text, out wanted tsquery, out ranked tsquery, out by_brand tsquery, out by_sku tsquery)
    stable
    set search_path = ''
    -- Stop words make the parser talk.
    set client_min_messages = warning
    language plpgsql
    as $$
declare
    terms constant text[] := private.search_terms(search_query.q);
    required text[];
    term text;
    near text;
    near_words text[];
    as_typed tsquery := ''::tsquery;
    in_texts tsquery := ''::tsquery;
    as_meant tsquery := ''::tsquery;
    term_meant tsquery;
    in_sku tsquery;
begin
    wanted := '';
    ranked := '';
    by_brand := '';
    by_sku := '';
    if terms = '{}' then
        return;
    end if;

    required := array(
        select given.term
        from unnest(terms) as given (term)
        where to_tsvector('pg_catalog.french', given.term) <> '' and to_tsvector('pg_catalog.english', given.term) <> ''
        -- Numbers first, for which nothing can stand.
        order by given.term !~ '[0-9]'
    );
    if required = '{}' then
        required := terms;
    end if;

    foreach term in array terms loop
        ranked := ranked || private.word_query(term) || private.sku_query(term);
    end loop;
    foreach term in array required loop
        in_sku := private.sku_query(term);
        in_texts := in_texts && private.word_query(term);
        as_typed := as_typed && (private.word_query(term) || in_sku);
        by_brand := by_brand && (private.word_query(term, 'B') || in_sku);
        by_sku := by_sku && in_sku;
    end loop;

    if not private.is_found(in_texts) then
        foreach term in array required loop
            term_meant := private.word_query(term);
            if not private.is_found(term_meant) then
                near_words := private.near_words(term);
                -- A word without anything to stand for: nothing has them all.
                if near_words = '{}' then
                    as_meant := '';
                    exit;
                end if;
                foreach near in array near_words loop
                    term_meant := term_meant || private.word_query(near);
                end loop;
                ranked := ranked || term_meant;
            end if;
            as_meant := as_meant && term_meant;
        end loop;
    end if;

    wanted := as_typed || as_meant;
end;
$$;
