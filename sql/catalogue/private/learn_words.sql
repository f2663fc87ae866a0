-- Keeps the search vocabulary: adds the words it has not met. Rows rather than a unique word, so that nobody waits.
create function private.learn_words()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    insert into private.search_vocabulary (word)
    select distinct own.word
    from written
    cross join lateral unnest(private.search_words(concat_ws(
        ' ',
        written.name,
        written.brand,
        written.short_description,
        private.translated_text(written.translations, 'name', 'short_description')
    ))) as own (word)
    where char_length(own.word) between 3 and 40
        and own.word !~ '[0-9]'
        and not exists (
            select
            from private.search_vocabulary
            where search_vocabulary.word = own.word
        );
    return null;
end;
$$;
