-- How text is compared in search: words only, lower case, without accents; Arabic letters in their plain form.
-- unaccent is only stable because its dictionary can change; ours is the extension's own, so this may be immutable.
create function private.normal_text(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return btrim(regexp_replace(
        translate(
            regexp_replace(
                lower(extensions.unaccent('extensions.unaccent'::regdictionary, value)),
                '[\u064b-\u065f\u0670\u0640]', '', 'g'
            ),
            'أإآٱىةؤئ',
            'اااايهوي'
        ),
        '[\s!-/:-@\[-`{-~،؛؟«»“”‘’–—×·]+', ' ', 'g'
    ));
end;
$$;

-- All translations of one field, in a row.
create function private.translated_text(translations jsonb, field text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language sql
    as $$
    select string_agg(language.value ->> field, ' ' order by language.key)
    from jsonb_each(translations) as language
    where jsonb_typeof(language.value) = 'object';
$$;

-- Every language's stems and the plain words, so that a query word finds its inflections in each.
create function private.search_vector(value text)
    returns tsvector
    immutable
    parallel safe
    set search_path = ''
    language sql
    as $$
    select to_tsvector('pg_catalog.simple', normal) || to_tsvector('pg_catalog.french', normal)
        || to_tsvector('pg_catalog.english', normal) || to_tsvector('pg_catalog.arabic', normal)
    from (select coalesce(private.normal_text(value), '') as normal) as text;
$$;

create function private.product_search(
    sku text,
    brand text,
    name text,
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
begin
    return setweight(private.search_vector(concat_ws(' ', sku, brand)), 'A')
        || setweight(private.search_vector(concat_ws(' ', name, private.translated_text(translations, 'name'))), 'B')
        || setweight(private.search_vector(
            concat_ws(' ', short_description, private.translated_text(translations, 'short_description'))
        ), 'C')
        || setweight(private.search_vector(
            left(concat_ws(' ', description, private.translated_text(translations, 'description')), 50000)
        ), 'D');
end;
$$;

-- The few words in which typing errors are forgiven.
create function private.fuzzy_text(sku text, brand text, name text, translations jsonb)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.normal_text(concat_ws(' ', sku, brand, name, private.translated_text(translations, 'name')));
end;
$$;
