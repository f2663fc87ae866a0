-- The words of names, brands and short descriptions, to find what a mistyped word was meant to be. A word may stand here
-- twice, or outlive its product: search asks the products again.
create table private.search_vocabulary (
    id bigint generated always as identity primary key,
    word text not null,
    constraint search_vocabulary_word_length check (char_length(word) between 3 and 40)
);
create index search_vocabulary_word_idx on private.search_vocabulary (word);
create index search_vocabulary_length_idx on private.search_vocabulary (char_length(word));
