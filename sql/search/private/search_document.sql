-- The stems of a normalised text in the three languages of the shop. A text is in one of them, but nobody says which.
create function private.search_stems(value text)
    returns tsvector
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return to_tsvector('pg_catalog.french', value)
        || to_tsvector('pg_catalog.english', value)
        || case
            when value ~ '[\u0620-\u064a]' then to_tsvector('pg_catalog.arabic', value)
            else ''::tsvector
        end;
end;
$$;

-- What a product is found by. Weights: A the words of the SKU, behind an ø that tells them from words of texts; B the brand;
-- C names; D texts, of which stems are enough. They keep their positions: without them a lexeme has no weight, and would
-- count as a brand.
create function private.search_document(
    sku text,
    name text,
    brand text,
    short_description text,
    description text,
    translations jsonb
)
    returns tsvector
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    codes constant text := regexp_replace(private.normalise(sku), '(^| )', '\1ø', 'g');
    brands constant text := coalesce(private.search_text(brand), '');
    names constant text := private.search_text(concat_ws(' ', name, private.translated_text(translations, 'name')));
    texts constant text := private.search_text(concat_ws(
        ' ',
        short_description,
        description,
        private.translated_text(translations, 'short_description', 'description')
    ));
begin
    return setweight(to_tsvector('pg_catalog.simple', codes), 'A')
        || setweight(to_tsvector('pg_catalog.simple', brands) || private.search_stems(brands), 'B')
        || setweight(to_tsvector('pg_catalog.simple', names) || private.search_stems(names), 'C')
        || private.search_stems(texts);
end;
$$;
