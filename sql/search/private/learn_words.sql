-- Adds words of these products to the search vocabulary that it has not met. Rows rather than a unique word, so that
-- nobody waits.
create function private.learn_words(product_ids uuid[])
    returns void
    volatile
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into private.search_vocabulary (word)
    select distinct own.word
    from public.products
    cross join lateral regexp_split_to_table(
        private.normalise(concat_ws(
            ' ',
            products.name,
            products.brand,
            products.short_description,
            private.translated_text(products.translations, 'name', 'short_description')
        )),
        ' '
    ) as own (word)
    where products.id = any(product_ids)
        and char_length(own.word) between 3 and 40
        and own.word !~ '[0-9]'
        and not exists (
            select
            from private.search_vocabulary
            where search_vocabulary.word = own.word
        );
end;
$$;
