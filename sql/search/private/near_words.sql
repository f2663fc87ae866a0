-- What a mistyped word may have been meant to be: words of products on show that differ by one letter, or two in words
-- of five letters and more; only the nearest ones.
create function private.near_words(word text)
    returns text[]
    stable
    set search_path = ''
    set client_min_messages = warning
    language plpgsql
    as $$
declare
    most constant integer := case when char_length(near_words.word) >= 5 then 2 else 1 end;
    candidate record;
    nearest numeric;
    words text[] := '{}'::text[];
begin
    if char_length(near_words.word) < 3 or near_words.word ~ '[0-9]' then
        return words;
    end if;

    for candidate in
        select
            known.word,
            -- The first letter is seldom wrong.
            known.distance + case when left(known.word, 1) = left(near_words.word, 1) then 0 else 0.5 end as distance
        from (
            select distinct
                search_vocabulary.word,
                extensions.levenshtein_less_equal(search_vocabulary.word, near_words.word, most) as distance
            from private.search_vocabulary
            where char_length(search_vocabulary.word)
                between char_length(near_words.word) - most and char_length(near_words.word) + most
        ) as known
        where known.distance <= most
        order by 2, known.word
        limit 50
    loop
        exit when candidate.distance > nearest or cardinality(words) >= 8;

        if private.is_found(private.word_query(candidate.word)) then
            nearest := candidate.distance;
            words := words || candidate.word;
        end if;
    end loop;
    return words;
end;
$$;
