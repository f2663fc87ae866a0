-- A search as queries over products.search: what must match; what counts for rank; and what must match for a hit by
-- brand or SKU, and by SKU alone. A search that reads as a SKU, or begins one, is nothing else; else all words must match,
-- but for stop words beside others. When nothing on show matches, words that are found nowhere are taken for mistyped ones.
create function private.search_query(q text, out wanted tsquery, out ranked tsquery, out by_brand tsquery, out by_sku tsquery)
    stable
    set search_path = ''
    -- Stop words make the parser talk.
    set client_min_messages = warning
    language plpgsql
    as $$
declare
    code constant text := replace(private.normalise(search_query.q), ' ', '');
    words text[];
    required text[];
    word text;
    word_wanted tsquery;
begin
    if char_length(code) >= 4 and code ~ '[0-9]' then
        wanted := to_tsquery('pg_catalog.simple', quote_literal(code) || ':*A');
        if private.is_found(wanted) then
            ranked := wanted;
            by_brand := wanted;
            by_sku := wanted;
            return;
        end if;
    end if;

    select array_agg(given.word order by given.position)
    into words
    from (
        select distinct on (own.word) own.word, own.position
        from unnest(private.search_words(search_query.q)) with ordinality as own (word, position)
        order by own.word, own.position
    ) as given
    where given.position <= 16;

    wanted := '';
    ranked := '';
    by_brand := '';
    by_sku := '';
    if words is null then
        return;
    end if;

    select array_agg(given.word)
    into required
    from unnest(words) as given (word)
    where to_tsvector('pg_catalog.french', given.word) <> '' and to_tsvector('pg_catalog.english', given.word) <> '';
    required := coalesce(required, words);

    foreach word in array words loop
        ranked := ranked || private.word_query(word);
    end loop;
    foreach word in array required loop
        wanted := wanted && private.word_query(word);
        by_brand := by_brand && private.word_query(word, 'AB');
        by_sku := by_sku && private.word_query(word, 'A');
    end loop;

    if private.is_found(wanted) then
        return;
    end if;

    wanted := '';
    foreach word in array required loop
        word_wanted := private.word_query(word);
        if not private.is_found(word_wanted) then
            foreach word in array private.near_words(word) loop
                word_wanted := word_wanted || private.word_query(word);
            end loop;
            ranked := ranked || word_wanted;
        end if;
        wanted := wanted && word_wanted;
    end loop;
end;
$$;
