-- Composed from sql/search by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/search/private/digit_zeros.sql

-- The code points of the digit zero in the scripts that have digits of their own, but for those that NFKC and
-- private.normalise turn into ASCII anyway. One to nine follow each.
create function private.digit_zeros()
    returns integer[]
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return array[
        1984, 2406, 2534, 2662, 2790, 2918, 3046, 3174, 3302, 3430, 3558, 3664, 3792, 3872, 4160, 4240, 6112, 6160,
        6470, 6608, 6784, 6800, 6992, 7088, 7232, 7248, 42528, 43216, 43264, 43472, 43504, 43600, 44016, 66720,
        68912, 69734, 69872, 69942, 70096, 70384, 70736, 70864, 71248, 71360, 71472, 71904, 72016, 72784, 73040,
        73120, 92768, 92864, 93008, 123200, 123632, 125264
    ];
end;
$$;

-- sql/search/private/normalise.sql

-- How texts are compared in search: in lower case, without accents, with one form of each letter and digit, words with single
-- blanks between them. A decimal point between two numbers is ø, which no such text holds otherwise: PostgreSQL's parser
-- then takes 15ø6 for one word, as it does with 15ø6l.
-- Immutable, because the dictionary is named and the rules of `unaccent` do not change within a version of PostgreSQL.
create function private.normalise(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    normal text := value;
    digit record;
begin
    -- ASCII has one form of each letter already, and is what most texts are.
    if octet_length(normal) > char_length(normal) then
        -- Characters nobody sees; signs that would become letters; the rest in one form (NFKC), so that full-width and
        -- presentation forms and ligatures are the letters they stand for.
        normal := regexp_replace(
            normal,
            '[\u00ad\u034f\u061c\u180b-\u180f\u200c-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufe70-\ufe7f\ufeff]',
            '',
            'g'
        );
        normal := translate(normal, u&'\00A9\00AE\2120\2122', '    ');
        normal := extensions.unaccent('extensions.unaccent'::regdictionary, normalize(normal, nfkc));
        -- Accents of their own, vowel signs, tatweel.
        normal := regexp_replace(
            normal,
            '[\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u08d3-\u08ff]',
            '',
            'g'
        );
        if normal ~ '[\u0600-\u077f]' then
            -- Alef, ya, ta marbuta and the carriers of hamza; the letters that the Maghreb, Persian and Urdu add.
            normal := translate(
                normal,
                u&'\0622\0623\0625\0671\067E\0686\0687\0758\0698\069C\069E\06A1\06A2\06A3\06A4\06A5\06A6\0760\0761'
                    || u&'\066F\06A7\06A8\06A9\06AA\06AB\06AC\06AD\06AE\06AF\06B0\06B1\06B2\06B3\06B4\0762\0763\0764\077F\06BA'
                    || u&'\0629\06BE\06C0\06C1\06C2\06C3\06D5\0624\06C4\06C5\06C6\06C7\06C8\06C9\06CA\06CB\06CF'
                    || u&'\0626\0649\06CC\06CD\06CE\06D0\06D1\06D2\06D3',
                u&'\0627\0627\0627\0627\0628\062C\062C\062C\0632\0634\0635\0641\0641\0641\0641\0641\0641\0641\0641'
                    || u&'\0642\0642\0642\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0643\0646'
                    || u&'\0647\0647\0647\0647\0647\0647\0647\0648\0648\0648\0648\0648\0648\0648\0648\0648\0648'
                    || u&'\064A\064A\064A\064A\064A\064A\064A\064A\064A'
            );
            normal := translate(
                normal,
                u&'\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669\06F0\06F1\06F2\06F3\06F4\06F5\06F6\06F7\06F8\06F9',
                '01234567890123456789'
            );
        end if;
        if normal ~ '[\u07c0-\u1fff\ua620-\uabff\U00010000-\U0001ffff]' then
            for digit in
                select chr(zeros.code + digits.value) as form, digits.value
                from unnest(private.digit_zeros()) as zeros (code)
                cross join generate_series(0, 9) as digits (value)
                where position(chr(zeros.code + digits.value) in normal) > 0
            loop
                normal := replace(normal, digit.form, digit.value::text);
            end loop;
        end if;
    end if;

    normal := lower(normal);
    if normal ~ '[0-9][.,\u066b][0-9]' then
        -- Not in chains of more, such as versions and lists.
        normal := regexp_replace(
            normal,
            '(^|[^0-9.,\u066b])([0-9]+)[.,\u066b]([0-9]+)(?![0-9]|[.,\u066b][0-9])',
            u&'\\1\\2\00F8\\3',
            'g'
        );
    end if;
    return btrim(regexp_replace(
        normal,
        -- ASCII and common punctuation by code, because character classes depend on the database's locale.
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u066a-\u066d\u06d4'
            || '\u2000-\u206f\u3000-\u303f]+',
        ' ',
        'g'
    ));
end;
$$;
comment on function private.normalise is 'A text as search compares it.';

-- sql/search/private/search_text.sql

-- A text as documents hold it: normalised; where a number is followed by a word, both apart and as one word, so that 500 g,
-- 500g and a begun "500 grammes" are found by either; decimal numbers also in their two halves.
create function private.search_text(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    normal constant text := private.normalise(value);
begin
    if normal !~ '[0-9]' then
        return normal;
    end if;
    return regexp_replace(
        regexp_replace(normal, '(^| )([0-9]+(?:ø[0-9]+)?) ?([^0-9ø ][^ ]*)', '\1\2\3 \2 \3', 'g'),
        '(^| )([0-9]+)ø([0-9]+)(?= |$)',
        '\1\2ø\3 \2 \3',
        'g'
    );
end;
$$;

-- sql/search/private/search_terms.sql

-- What a search asks for, normalised, in order, each once, at most 16: its words, and numbers with their unit as one
-- ("500 g" is 500g; see private.search_text).
create function private.search_terms(q text)
    returns text[]
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    unit constant text :=
        '^([mck]?g|gr|[mcdh]?l|[mcdk]?m|m[23]|k?wh?|m?v|m?ah|[kmg]?hz|[kmgt][ob]|px|mp|po|pouces?|inch|ft|oz|lbs?|bar|psi|lm'
        || '|غ|غرام|كغ?|كلغ|كيلو|ملغ|لتر|ل|مل|سم|مم|م|متر|كم|بوصه|انش|واط|فولت|جيجا)$';
    word text;
    number text;
    terms text[] := '{}'::text[];
begin
    foreach word in array array_remove(string_to_array(private.normalise(search_terms.q), ' '), '') loop
        if number is not null and word ~ unit then
            terms := array_remove(terms, number);
            word := number || word;
        end if;
        number := case when word ~ '^[0-9]+(ø[0-9]+)?$' then word end;
        if word <> all(terms) then
            terms := terms || word;
        end if;
    end loop;
    return terms[:16];
end;
$$;

-- sql/search/private/search_code.sql

-- A SKU as it is searched by: normalised, in one word.
create function private.search_code(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return translate(private.normalise(value), ' ø', '');
end;
$$;

-- sql/search/private/translated_text.sql

-- These texts in all languages of a column `translations` ({language: {field: text}}), one after the other.
create function private.translated_text(translations jsonb, variadic fields text[])
    returns text
    immutable
    parallel safe
    set search_path = ''
    -- The planner would rather plan for each number of fields anew, which takes longer than the work.
    set plan_cache_mode = force_generic_plan
    language plpgsql
    as $$
begin
    if translated_text.translations is null or translated_text.translations = '{}' then
        return null;
    end if;
    return (
        select string_agg(text.value, ' ' order by language.key, text.key)
        from jsonb_each(translations) as language
        cross join lateral jsonb_each_text(
            case when jsonb_typeof(language.value) = 'object' then language.value else '{}' end
        ) as text
        where text.key = any(fields)
    );
end;
$$;

-- sql/search/private/search_document.sql

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

-- sql/search/search_documents.sql

-- The words by which products are found: those of the products that are not hidden or deleted themselves, so that a search
-- meets no others. Kept by private.follow_texts.
create table private.search_documents (
    product_id uuid primary key references public.products on delete cascade,
    -- The product to show: itself, or a variant's product.
    found_as uuid not null,
    -- The SKU: see private.search_code.
    code text not null,
    document tsvector not null
);

-- Rows rather than their attic: every hit's document is read for its rank.
alter table private.search_documents alter column document set storage main;
create index search_documents_code_idx on private.search_documents (code text_pattern_ops);
create index search_documents_document_idx on private.search_documents using gin (document);

-- sql/search/search_entries.sql

-- What searches filter, sort and count products by: a narrow row for each, variants too, so that no whole product is read
-- but those that are shown. Kept by private.follow_entries.
create table private.search_entries (
    product_id uuid primary key references public.products on delete cascade,
    parent_id uuid,
    category_id uuid,
    -- Whether the row itself is active and not deleted.
    is_on_sale boolean not null,
    -- What this very product costs; null where it is sold as one of its variants.
    price numeric,
    -- What it costs at least and at most: its own price, or those of its variants on sale; null where none is.
    lowest_price numeric,
    highest_price numeric,
    -- The name, normalised; and its translations, {language: name}.
    name text not null,
    names jsonb,
    brand text,
    normal_brand text,
    specifications jsonb not null,
    created_at timestamptz not null
);
create index search_entries_parent_id_idx on private.search_entries (parent_id);

-- The orders of lists, and what narrows them down.
create index search_entries_created_at_idx on private.search_entries (created_at desc, product_id)
    where parent_id is null and is_on_sale;
create index search_entries_category_idx on private.search_entries (category_id, created_at desc, product_id)
    where parent_id is null and is_on_sale;
create index search_entries_lowest_price_idx on private.search_entries (lowest_price, product_id)
    where parent_id is null and is_on_sale;
create index search_entries_highest_price_idx on private.search_entries (highest_price desc nulls last, product_id desc)
    where parent_id is null and is_on_sale;
create index search_entries_name_idx on private.search_entries (name, product_id)
    where parent_id is null and is_on_sale;
create index search_entries_brand_idx on private.search_entries (normal_brand)
    where parent_id is null and is_on_sale;
create index search_entries_specifications_idx on private.search_entries using gin (specifications jsonb_path_ops);

-- sql/search/search_vocabulary.sql

-- The words of names, brands and short descriptions, to find what a mistyped word was meant to be. A word may stand here
-- twice, or outlive its product: search asks the products again.
create table private.search_vocabulary (
    id bigint generated always as identity primary key,
    word text not null,
    constraint search_vocabulary_word_length check (char_length(word) between 3 and 40)
);
create index search_vocabulary_word_idx on private.search_vocabulary (word);
create index search_vocabulary_length_idx on private.search_vocabulary (char_length(word));

-- sql/search/private/learn_words.sql

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

-- sql/search/private/follow_texts.sql

-- Keeps documents and vocabulary in step with the texts of products.
create function private.follow_texts()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    changed uuid[];
begin
    if tg_op = 'INSERT' then
        changed := array(select written.id from written);
    else
        changed := array(
            select written.id
            from written
            inner join replaced on replaced.id = written.id
            where (
                written.parent_id, written.sku, written.name, written.brand, written.short_description, written.description,
                written.translations, written.is_active, written.deleted_at is null
            ) is distinct from (
                replaced.parent_id, replaced.sku, replaced.name, replaced.brand, replaced.short_description, replaced.description,
                replaced.translations, replaced.is_active, replaced.deleted_at is null
            )
        );
    end if;
    if changed = '{}' then
        return null;
    end if;

    delete from private.search_documents
    using public.products
    where search_documents.product_id = any(changed)
        and products.id = search_documents.product_id
        and not (products.is_active and products.deleted_at is null);

    insert into private.search_documents (product_id, found_as, code, document)
    select
        products.id,
        coalesce(products.parent_id, products.id),
        private.search_code(products.sku),
        private.search_document(
            products.sku, products.name, products.brand, products.short_description, products.description, products.translations
        )
    from public.products
    where products.id = any(changed) and products.is_active and products.deleted_at is null
    on conflict (product_id) do update
    set found_as = excluded.found_as, code = excluded.code, document = excluded.document;

    perform private.learn_words(changed);
    return null;
end;
$$;

-- sql/search/private/follow_entries.sql

-- Keeps private.search_entries in step with products. A product's prices are those of its variants, which several may be
-- changing at once: its entry is locked first and then worked out anew, so the last one sees what all have done.
create function private.follow_entries()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    affected uuid[];
begin
    if tg_op = 'INSERT' then
        affected := array(
            select written.id
            from written

            union

            select written.parent_id
            from written
            where written.parent_id is not null
        );
    elsif tg_op = 'UPDATE' then
        affected := array(
            select concerned.id
            from written
            inner join replaced on replaced.id = written.id
            cross join lateral unnest(array[written.id, written.parent_id, replaced.parent_id]) as concerned (id)
            where concerned.id is not null
                and (
                    written.parent_id, written.category_id, written.is_active, written.deleted_at is null, written.price,
                    written.name, written.translations, written.brand, written.specifications, written.created_at
                ) is distinct from (
                    replaced.parent_id, replaced.category_id, replaced.is_active, replaced.deleted_at is null, replaced.price,
                    replaced.name, replaced.translations, replaced.brand, replaced.specifications, replaced.created_at
                )
            group by concerned.id
        );
    else
        affected := array(
            select removed.parent_id
            from removed
            where removed.parent_id is not null
            group by removed.parent_id
        );
    end if;
    if affected = '{}' then
        return null;
    end if;

    perform
    from private.search_entries
    where search_entries.product_id = any(affected)
    order by search_entries.product_id
    for no key update;

    insert into private.search_entries as entries (
        product_id, parent_id, category_id, is_on_sale, price, lowest_price, highest_price, name, names, brand,
        normal_brand, specifications, created_at
    )
    select
        products.id,
        products.parent_id,
        products.category_id,
        products.is_active and products.deleted_at is null,
        case when variants.parent_id is null then products.price end,
        case when variants.parent_id is null then products.price else variants.lowest_price end,
        case when variants.parent_id is null then products.price else variants.highest_price end,
        -- What an index can hold: one character may stand for 18.
        left(private.normalise(products.name), 200),
        (
            select jsonb_object_agg(translation.key, left(private.normalise(translation.value ->> 'name'), 200))
            from jsonb_each(products.translations) as translation
            where jsonb_typeof(translation.value) = 'object' and btrim(translation.value ->> 'name') <> ''
        ),
        products.brand,
        left(private.normalise(products.brand), 200),
        products.specifications,
        products.created_at
    from public.products
    left join (
        select
            parts.parent_id,
            min(parts.price) filter (where parts.is_active) as lowest_price,
            max(parts.price) filter (where parts.is_active) as highest_price
        from public.products as parts
        where parts.parent_id = any(affected) and parts.deleted_at is null
        group by parts.parent_id
    ) as variants on variants.parent_id = products.id
    where products.id = any(affected)
    order by products.id
    on conflict (product_id) do update
    set parent_id = excluded.parent_id,
        category_id = excluded.category_id,
        is_on_sale = excluded.is_on_sale,
        price = excluded.price,
        lowest_price = excluded.lowest_price,
        highest_price = excluded.highest_price,
        name = excluded.name,
        names = excluded.names,
        brand = excluded.brand,
        normal_brand = excluded.normal_brand,
        specifications = excluded.specifications,
        created_at = excluded.created_at
    where entries is distinct from excluded;
    return null;
end;
$$;

-- sql/search/private/word_query.sql

-- What a normalised word of a search looks for: itself, words it begins, and its stems, each form once, lest the planner take
-- it for many. `weights` limits it to some of the weights of private.search_document; empty for all.
create function private.word_query(word text, weights text default '')
    returns tsquery
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    quoted constant text := quote_literal(word);
    forms tsquery := to_tsquery('pg_catalog.simple', quoted || ':*' || weights);
    stem tsquery;
begin
    foreach stem in array array[
        to_tsquery('pg_catalog.french', quoted || ':' || weights),
        to_tsquery('pg_catalog.english', quoted || ':' || weights),
        to_tsquery('pg_catalog.arabic', quoted || ':' || weights)
    ] loop
        if numnode(stem) > 0 and not forms @> stem then
            forms := forms || stem;
        end if;
    end loop;
    return forms;
end;
$$;

-- sql/search/private/sku_query.sql

-- What a normalised word of a search looks for among the words of SKUs: see private.search_document.
create function private.sku_query(word text)
    returns tsquery
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return to_tsquery('pg_catalog.simple', quote_literal('ø' || word));
end;
$$;

-- sql/search/private/is_found.sql

-- Whether a query matches any product that is not hidden itself. Only the index of documents can tell that there is none:
-- the planner would rather read the table, in any order, until it meets one.
create function private.is_found(query tsquery)
    returns boolean
    stable
    set search_path = ''
    set enable_seqscan = off
    set enable_indexscan = off
    language plpgsql
    as $$
begin
    return exists (
        select
        from private.search_documents
        where search_documents.document @@ is_found.query
    );
end;
$$;

-- sql/search/private/begins_sku.sql

-- Whether any product's SKU begins so: see private.search_code. As in private.is_found, only the index can tell.
create function private.begins_sku(code text)
    returns boolean
    stable
    set search_path = ''
    set enable_seqscan = off
    language plpgsql
    as $$
begin
    return exists (
        select
        from private.search_documents
        where search_documents.code ~>=~ begins_sku.code
            and search_documents.code ~<~ (begins_sku.code || chr(1114111))
    );
end;
$$;

-- sql/search/private/near_words.sql

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

-- sql/search/private/search_query.sql

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

-- sql/search/private/specification_filter.sql

-- A filter on specifications, {key: value or array of values}, as a condition on rows of products named `alias`. Values
-- are compared as text, number or boolean alike: a frontend's filter often comes out of a URL.
create function private.specification_filter(alias text, specifications jsonb)
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select string_agg(
            format(
                '(%s)',
                (
                    select string_agg(
                        format('%I.specifications @> %L', alias, jsonb_build_object(wanted.key, form.value)),
                        ' or '
                    )
                    from jsonb_array_elements(
                        case when jsonb_typeof(wanted.value) = 'array' then wanted.value else jsonb_build_array(wanted.value) end
                    ) as given
                    cross join lateral (
                        select given as value

                        union

                        select to_jsonb(given #>> '{}')

                        union

                        select (given #>> '{}')::jsonb
                        where given #>> '{}' ~ '^(-?(0|[1-9][0-9]{0,20})(\.[0-9]{1,20})?|true|false)$'
                    ) as form
                )
            ),
            ' and '
        )
        from jsonb_each(specifications) as wanted
    );
end;
$$;

-- sql/search/private/search_faults.sql

-- What is wrong with the arguments that search_products and product_facets share.
create function private.search_faults(
    q text,
    category_slug text,
    brand text,
    min_price numeric,
    max_price numeric,
    specifications jsonb
)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    most constant numeric := 99999999.99;
    faults jsonb;
    known_keys text[];
begin
    faults := jsonb_build_object(
        'q', case when char_length(search_faults.q) > 200 then '["too_long", 200]'::jsonb end,
        'category_slug', case when char_length(search_faults.category_slug) > 100 then '["too_long", 100]'::jsonb end,
        'brand', case when char_length(search_faults.brand) > 100 then '["too_long", 100]'::jsonb end,
        'min_price', case
            when search_faults.min_price < 0 then '["below", 0]'::jsonb
            when search_faults.min_price > most then jsonb_build_array('above', most)
        end,
        'max_price', case
            when search_faults.max_price < 0 then '["below", 0]'::jsonb
            when search_faults.max_price > most then jsonb_build_array('above', most)
            when search_faults.max_price < search_faults.min_price
                then '["order", "min_price", {"reason": "must not be below min_price"}]'
        end
    );

    if search_faults.specifications is null then
        return faults;
    end if;
    if jsonb_typeof(search_faults.specifications) <> 'object' then
        return faults
            || '{"specifications": ["not_object", {"reason": "must be an object of key to value or to array of values"}]}';
    end if;
    if octet_length(search_faults.specifications::text) > 10000 then
        return faults || '{"specifications": ["too_long", 10000]}';
    end if;

    select array_agg(distinct attributes.key)
    into known_keys
    from public.categories
    cross join lateral private.category_branch(categories.id) as branch (id)
    cross join lateral private.category_schema(branch.id) as attributes
    where categories.slug = search_faults.category_slug;

    return faults || coalesce(
        (
            select jsonb_object_agg('specifications.' || given.key, checked.fault)
            from jsonb_each(search_faults.specifications) as given
            cross join lateral (
                select case
                    when given.key <> all(known_keys) then jsonb_build_array(
                        'unknown_key',
                        jsonb_build_object(
                            'reason',
                            'is not an attribute of this category; known are ' || array_to_string(known_keys, ', ')
                        )
                    )
                    when given.value in ('null', '[]') then '["required"]'
                    when jsonb_typeof(given.value) = 'object'
                        or exists (
                            select
                            from jsonb_array_elements(
                                case when jsonb_typeof(given.value) = 'array' then given.value else '[]' end
                            ) as element
                            where jsonb_typeof(element) not in ('string', 'number', 'boolean')
                        )
                        then jsonb_build_array(
                            'one_of', 'text', 'number', 'boolean',
                            '{"reason": "must be a text, a number, a boolean or an array of them"}'::jsonb
                        )
                end as fault
            ) as checked
            where checked.fault is not null
        ),
        '{}'
    );
end;
$$;

-- sql/search/private/search_source.sql

-- The hits of a search as the text of a query: products on show with what they are sorted by, and `rank` (0 without q).
-- Text, so that each combination of filters gets its own plan. Arguments have been checked; every value goes in as a
-- literal.
--
-- A hit is never a variant: what matches a variant finds its product. All filters on price, stock and specifications
-- must be met by one row, the product itself or one of its variants. A product with variants has no price of its own.
create function private.search_source(
    q text,
    category_slug text,
    brand text,
    min_price numeric,
    max_price numeric,
    in_stock boolean,
    specifications jsonb
)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    wanted tsquery;
    ranked tsquery;
    by_brand tsquery;
    by_sku tsquery;
    sought_code constant text := private.search_code(search_source.q);
    rank text := '0';
    source text := ' from private.search_entries as hit';
    -- private.products_on_show for products that are no variants, in terms of the indexes.
    conditions text[] := '{hit.parent_id is null, hit.is_on_sale}'::text[];
    hidden_categories constant uuid[] := private.hidden_category_ids();
    row_conditions text[];
    matches text[] := '{}'::text[];
    -- `offset 0` asks for a look-up per hit: pages are short, and a hash of all stock is not.
    stocked constant text := $sql$
        %1$I.price is not null
        and exists (
            select from public.inventory
            where inventory.product_id = %1$I.product_id
                and (
                    inventory.stock > inventory.reserved_stock
                    or exists (
                        select from public.stock_reservations as lapsed
                        where lapsed.product_id = %1$I.product_id and lapsed.status = 'active' and lapsed.expires_at <= now()
                    )
                )
            offset 0
        )
    $sql$;
    alias text;
begin
    if hidden_categories <> '{}' then
        conditions := conditions || format(
            '(hit.category_id is null or hit.category_id <> all(%L::uuid[]))', hidden_categories
        );
    end if;

    if btrim(search_source.q) <> '' then
        select *
        into wanted, ranked, by_brand, by_sku
        from private.search_query(search_source.q);
    end if;

    if numnode(wanted) > 0 then
        rank := 'found.rank';
        source := format(
            $sql$
            from (
                select scored.id, max(scored.rank) as rank
                from (
                    select
                        documents.found_as as id,
                        case
                            when documents.code = %4$L then 3
                            when documents.code like %6$L or documents.document @@ %3$L::tsquery then 2
                            when documents.document @@ %5$L::tsquery then 1
                            else 0
                        end
                        + ts_rank('{0.05, 0.5, 0.9, 1}', documents.document, %2$L::tsquery, 32) as rank
                    from private.search_documents as documents
                    where documents.document @@ %1$L::tsquery %7$s
                    -- Ranked before they are grouped, so that grouping carries numbers and not documents.
                    offset 0
                ) as scored
                group by scored.id
            ) as found
            inner join private.search_entries as hit on hit.product_id = found.id
            $sql$,
            wanted,
            ranked,
            by_sku,
            sought_code,
            by_brand,
            sought_code || '%',
            -- Hardly any search begins a SKU, and the others need not compare each hit.
            case
                when private.begins_sku(sought_code) then format('or documents.code like %L', sought_code || '%')
            end
        );
    elsif btrim(search_source.q) <> '' then
        -- A search without a word, as "?!", finds nothing.
        conditions := conditions || 'false'::text;
    end if;

    if search_source.category_slug is not null then
        conditions := conditions || format(
            'hit.category_id = any(%L::uuid[])',
            array(
                select branch.id
                from public.categories
                cross join lateral private.category_branch(categories.id) as branch (id)
                where categories.slug = search_source.category_slug
            )
        );
    end if;
    if btrim(search_source.brand) <> '' then
        conditions := conditions || format('hit.normal_brand = %L', left(private.normalise(search_source.brand), 200));
    end if;
    -- What no row of the product can meet is told by its entry alone.
    if search_source.min_price is not null then
        conditions := conditions || format('hit.highest_price >= %L', search_source.min_price);
    end if;
    if search_source.max_price is not null then
        conditions := conditions || format('hit.lowest_price <= %L', search_source.max_price);
    end if;

    foreach alias in array array['hit', 'variant'] loop
        row_conditions := '{}'::text[];
        if search_source.min_price is not null then
            row_conditions := row_conditions || format('%I.price >= %L', alias, search_source.min_price);
        end if;
        if search_source.max_price is not null then
            row_conditions := row_conditions || format('%I.price <= %L', alias, search_source.max_price);
        end if;
        if search_source.in_stock then
            row_conditions := row_conditions || format(stocked, alias);
        end if;
        matches := matches || array_to_string(row_conditions, ' and ');
    end loop;
    if search_source.specifications <> '{}' then
        -- Specifications have an index and leave few rows, so those are found first.
        conditions := conditions || format(
            $sql$hit.product_id in (
                select coalesce(variant.parent_id, variant.product_id)
                from private.search_entries as variant
                where variant.is_on_sale and %s
            )$sql$,
            array_to_string(
                private.specification_filter('variant', search_source.specifications) || array_remove(matches[2:], ''),
                ' and '
            )
        );
    elsif search_source.in_stock or (search_source.min_price is not null and search_source.max_price is not null) then
        conditions := conditions || format(
            $sql$(
                (%s)
                or exists (
                    select from private.search_entries as variant
                    where variant.parent_id = hit.product_id and variant.is_on_sale and %s
                    offset 0
                )
            )$sql$,
            matches[1],
            matches[2]
        );
    end if;
    -- Only false asks for what is sold out: no unit of the product, nor of a variant.
    if not search_source.in_stock then
        conditions := conditions || format(
            $sql$not (
                (%s)
                or exists (
                    select from private.search_entries as variant
                    where variant.parent_id = hit.product_id and variant.is_on_sale and %s
                    offset 0
                )
            )$sql$,
            format(stocked, 'hit'),
            format(stocked, 'variant')
        );
    end if;
    return 'select hit.*, ' || rank || ' as rank' || source || ' where ' || array_to_string(conditions, ' and ');
end;
$$;

-- sql/search/private/name_key.sql

-- What a hit is sorted by for its name in these languages, as an expression on rows named `alias`: the best translation
-- there is, else the name itself, which alone has an index.
create function private.name_key(alias text, languages text[])
    returns text
    immutable
    set search_path = ''
    language plpgsql
    as $$
declare
    forms text[] := '{}'::text[];
    language text;
begin
    if languages = '{}' then
        return alias || '.name';
    end if;
    foreach language in array languages loop
        forms := forms || format('%s.names ->> %L', alias, language);
    end loop;
    return format('coalesce(%s, %s.name)', array_to_string(forms, ', '), alias);
end;
$$;

-- sql/search/private/search_products.sql

create function private.search_products(
    q text,
    category_slug text,
    brand text,
    min_price numeric,
    max_price numeric,
    in_stock boolean,
    specifications jsonb,
    sort text,
    page integer,
    page_size integer
)
    returns setof public.products
    stable
    security definer
    rows 20
    set search_path = ''
    -- Filters make plans look dearer than they are; compiling them takes longer than running them.
    set jit = off
    -- What searches read is small and kept in memory.
    set seq_page_cost = 0.1
    set random_page_cost = 0.1
    language plpgsql
    as $$
#variable_conflict use_column
declare
    is_paged constant boolean := search_products.page is not null or search_products.page_size is not null;
    sort_order constant text := coalesce(
        search_products.sort,
        case when btrim(search_products.q) <> '' then 'relevance' else 'newest' end
    );
    size constant integer := case when is_paged then coalesce(search_products.page_size, 20) else 1000 end;
    -- The order of rows named %1$I.
    ranking text;
begin
    perform private.raise_invalid(
        private.search_faults(
            search_products.q,
            search_products.category_slug,
            search_products.brand,
            search_products.min_price,
            search_products.max_price,
            search_products.specifications
        )
        || jsonb_build_object(
            'sort', case
                when sort_order not in ('relevance', 'newest', 'price_asc', 'price_desc', 'name')
                    then '["one_of", "relevance", "newest", "price_asc", "price_desc", "name"]'::jsonb
            end,
            'page', case
                when search_products.page < 1 then '["below", 1]'::jsonb
                when search_products.page > 1000000 then '["above", 1000000]'
            end,
            'page_size', case
                when search_products.page_size < 1 then '["below", 1]'::jsonb
                when search_products.page_size > 100 then '["above", 100]'
            end
        )
    );

    ranking := case sort_order
        when 'relevance' then '%1$I.rank desc, %1$I.created_at desc, %1$I.product_id'
        when 'newest' then '%1$I.created_at desc, %1$I.product_id'
        when 'price_asc' then '%1$I.lowest_price, %1$I.product_id'
        when 'price_desc' then '%1$I.highest_price desc nulls last, %1$I.product_id desc'
        -- The name shown: see private.localise.
        when 'name' then private.name_key('%1$I', private.request_languages()) || ', %1$I.product_id'
    end;

    -- Narrow rows are sorted and cut off before whole products are read.
    return query execute format(
        $sql$
        select products.*
        from (
            select hit.product_id, hit.rank, hit.created_at, hit.lowest_price, hit.highest_price, hit.name, hit.names
            from (%s) as hit
            order by %s
            limit %s offset %s
        ) as page
        inner join public.products on products.id = page.product_id
        order by %s
        $sql$,
        private.search_source(
            search_products.q,
            search_products.category_slug,
            search_products.brand,
            search_products.min_price,
            search_products.max_price,
            search_products.in_stock,
            search_products.specifications
        ),
        format(ranking, 'hit'),
        size,
        (coalesce(search_products.page, 1) - 1)::bigint * size,
        format(ranking, 'page')
    );
end;
$$;
grant execute on function private.search_products to anon, authenticated, service_role;

-- sql/search/private/filterable_attributes.sql

-- The keys by which products of each category can be filtered, with their types: the nearest definition of each counts.
create function private.filterable_attributes()
    returns table (category_id uuid, key text, type text)
    stable
    rows 500
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
begin
    return query
    with recursive ancestors as (
        select categories.id as category_id, categories.id, categories.parent_id, 0 as distance
        from public.categories

        union all

        select ancestors.category_id, categories.id, categories.parent_id, ancestors.distance + 1
        from public.categories
        inner join ancestors on categories.id = ancestors.parent_id
    )

    select nearest.category_id, nearest.key, nearest.type
    from (
        select distinct on (ancestors.category_id, category_attributes.key)
            ancestors.category_id,
            category_attributes.key,
            category_attributes.type,
            category_attributes.filterable
        from ancestors
        inner join public.category_attributes on category_attributes.category_id = ancestors.id
        order by ancestors.category_id, category_attributes.key, ancestors.distance
    ) as nearest
    where nearest.filterable;
end;
$$;

-- sql/search/private/category_facet.sql

-- Categories of hits from {category id: hits in it}: how many each would leave, so with what stands below it.
create function private.category_facet(counts jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        with recursive rolled_up as (
            select categories.id, categories.parent_id, counted.value::bigint as hits
            from jsonb_each_text(counts) as counted
            inner join public.categories on categories.id = counted.key::uuid

            union all

            select categories.id, categories.parent_id, rolled_up.hits
            from rolled_up
            inner join public.categories on categories.id = rolled_up.parent_id
        )

        select coalesce(
            jsonb_agg(
                jsonb_build_object(
                    'id', categories.id,
                    'slug', categories.slug,
                    'name', private.localise(categories.translations, 'name', categories.name),
                    'count', summed.hits
                )
                order by summed.hits desc, categories.sort_order, categories.slug
            ),
            '[]'
        )
        from (
            select rolled_up.id, sum(rolled_up.hits) as hits
            from rolled_up
            group by rolled_up.id
        ) as summed
        inner join public.categories on categories.id = summed.id
    );
end;
$$;

-- sql/search/private/facets_of.sql

-- Facets of the hits of a source (see private.search_source): those of `parts`, read in one pass.
create function private.facets_of(source text, parts text[])
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    total constant text := $sql$(select count(*) from hits)$sql$;
    categories constant text := $sql$private.category_facet((
        select jsonb_object_agg(counted.category_id, counted.hits)
        from (
            select hits.category_id, count(*) as hits
            from hits
            where hits.category_id is not null
            group by hits.category_id
        ) as counted
    ))$sql$;
    -- The 100 with most; spellings that search takes for the same are one.
    brands constant text := $sql$(
        select coalesce(
            jsonb_agg(jsonb_build_object('value', named.value, 'count', named.hits) order by named.hits desc, named.value),
            '[]'
        )
        from (
            select min(hits.brand) as value, count(*) as hits
            from hits
            where hits.normal_brand <> ''
            group by hits.normal_brand
            order by 2 desc, 1
            limit 100
        ) as named
    )$sql$;
    price constant text := $sql$(
        select jsonb_build_object('min', min(hits.lowest_price), 'max', max(hits.highest_price))
        from hits
    )$sql$;
    -- By the filterable attributes of each hit's category, 100 values of a key. A hit counts for its own value, and for
    -- others that its variants have. Values are compared as text, as search does, which takes a fraction of the time that
    -- comparing JSON takes; few are left to be turned into what their attribute says.
    specifications constant text := $sql$(
        with filterable as materialized (
            select attributes.category_id, attributes.key, attributes.type
            from private.filterable_attributes() as attributes
        ),

        spelled as materialized (
            select filterable.key, filterable.type, hits.specifications ->> filterable.key as value, count(*) as hits
            from hits
            inner join filterable on filterable.category_id = hits.category_id
            group by 1, 2, 3

            union all

            select
                filterable.key,
                filterable.type,
                variants.specifications ->> filterable.key as value,
                count(distinct variants.product_id) as hits
            from variants
            inner join filterable on filterable.category_id = variants.category_id
            where variants.product_specifications ->> filterable.key
                    is distinct from variants.specifications ->> filterable.key
            group by 1, 2, 3
        ),

        counted as (
            select
                spelled.key,
                case
                    when spelled.type = 'number' and spelled.value ~ '^-?(0|[1-9][0-9]*)(\.[0-9]+)?$' then spelled.value::jsonb
                    when spelled.type = 'boolean' and spelled.value in ('true', 'false') then spelled.value::jsonb
                    else to_jsonb(spelled.value)
                end as value,
                spelled.hits
            from spelled
            where spelled.value is not null
        ),

        summed as (
            select
                counted.key,
                counted.value,
                sum(counted.hits) as hits,
                row_number() over (partition by counted.key order by sum(counted.hits) desc, counted.value) as position
            from counted
            group by counted.key, counted.value
        )

        select coalesce(jsonb_object_agg(by_key.key, by_key.entries), '{}')
        from (
            select
                summed.key,
                jsonb_agg(jsonb_build_object('value', summed.value, 'count', summed.hits) order by summed.position) as entries
            from summed
            where summed.position <= 100
            group by summed.key
        ) as by_key
    )$sql$;
    facets jsonb;
begin
    -- A CTE that no part reads is not run.
    execute format(
        'with hits as materialized (
            select
                hit.product_id, hit.category_id, hit.brand, hit.normal_brand, hit.price, hit.lowest_price, hit.highest_price,
                hit.specifications
            from (%s) as hit
        ),

        variants as materialized (
            select
                hits.product_id,
                hits.specifications as product_specifications,
                entries.category_id,
                entries.specifications
            from hits
            inner join private.search_entries as entries on entries.parent_id = hits.product_id
            -- Only what is sold as one of its variants has no price of its own.
            where hits.price is null and entries.is_on_sale and entries.specifications <> hits.specifications
        )

        select jsonb_strip_nulls(jsonb_build_object(
            ''total'', %s, ''categories'', %s, ''brands'', %s, ''specifications'', %s
        )) || jsonb_build_object(''price'', %s)',
        facets_of.source,
        case when 'total' = any(facets_of.parts) then total else 'null' end,
        case when 'categories' = any(facets_of.parts) then categories else 'null' end,
        case when 'brands' = any(facets_of.parts) then brands else 'null' end,
        case when 'specifications' = any(facets_of.parts) then specifications else 'null' end,
        case when 'price' = any(facets_of.parts) then price else 'null' end
    )
    into facets;
    return facets;
end;
$$;

-- sql/search/private/product_facets.sql

-- Each facet is counted over the hits of all filters but its own.
create function private.product_facets(
    q text,
    category_slug text,
    brand text,
    min_price numeric,
    max_price numeric,
    in_stock boolean,
    specifications jsonb
)
    returns jsonb
    stable
    security definer
    set search_path = ''
    -- Filters make plans look dearer than they are; compiling them takes longer than running them.
    set jit = off
    -- What searches read is small and kept in memory.
    set seq_page_cost = 0.1
    set random_page_cost = 0.1
    language plpgsql
    as $$
#variable_conflict use_variable
declare
    facets jsonb;
    others jsonb;
    filter_key text;
begin
    perform private.raise_invalid(private.search_faults(q, category_slug, brand, min_price, max_price, specifications));

    facets := private.facets_of(
        private.search_source(q, category_slug, brand, min_price, max_price, in_stock, specifications),
        array['total', 'categories', 'specifications']
            || case when coalesce(btrim(brand), '') = '' then array['brands'] end
            || case when min_price is null and max_price is null then array['price'] end
    );

    if btrim(brand) <> '' then
        facets := facets || jsonb_build_object('brands', private.facets_of(
            private.search_source(q, category_slug, null, min_price, max_price, in_stock, specifications),
            array['brands']
        ) -> 'brands');
    end if;
    if min_price is not null or max_price is not null then
        facets := facets || jsonb_build_object('price', private.facets_of(
            private.search_source(q, category_slug, brand, null, null, in_stock, specifications),
            array['price']
        ) -> 'price');
    end if;
    for filter_key in
        select jsonb_object_keys(specifications)
    loop
        others := private.facets_of(
            private.search_source(q, category_slug, brand, min_price, max_price, in_stock, specifications - filter_key),
            array['specifications']
        ) -> 'specifications' -> filter_key;
        facets := jsonb_set(
            facets,
            '{specifications}',
            (facets -> 'specifications') - filter_key
                || case when others is null then '{}' else jsonb_build_object(filter_key, others) end
        );
    end loop;
    return facets;
end;
$$;
grant execute on function private.product_facets to anon, authenticated, service_role;

-- sql/search/private/related_products.sql

create function private.related_products(product_id uuid, max_results integer)
    returns setof public.products
    stable
    security definer
    rows 8
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    subject public.products;
begin
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case when related_products.product_id is null then '["required"]'::jsonb end,
        'max_results', case
            when related_products.max_results < 1 then '["below", 1]'::jsonb
            when related_products.max_results > 100 then '["above", 100]'
        end
    ));

    select products.*
    into subject
    from private.products_on_show as shown
    inner join public.products on products.id = coalesce(shown.parent_id, shown.id)
    where shown.id = related_products.product_id;

    if subject.id is null then
        return;
    end if;

    -- A bounded choice from each source, so that a category of any size costs the same.
    return query
    with candidates as (
        (
            select same.id, 4 as score
            from private.products_on_show as same
            where same.category_id = subject.category_id and same.parent_id is null
            order by same.created_at desc
            limit 300
        )

        union all

        (
            select same.id, 3
            from private.search_entries as like_named
            inner join private.products_on_show as same on same.id = like_named.product_id
            where like_named.normal_brand = left(private.normalise(subject.brand), 200)
                and like_named.parent_id is null
                and like_named.is_on_sale
            limit 100
        )

        union all

        (
            select near.id, 1
            from private.products_on_show as near
            where near.parent_id is null
                and near.category_id in (
                    select siblings.id
                    from public.categories as own
                    inner join public.categories as siblings on siblings.parent_id = own.parent_id or siblings.id = own.parent_id
                    where own.id = subject.category_id
                )
            limit 100
        )
    ),

    scored as (
        select candidates.id, sum(candidates.score) as score
        from candidates
        where candidates.id <> subject.id
        group by candidates.id
    )

    select products.*
    from scored
    inner join public.products on products.id = scored.id
    order by
        scored.score
            + (
                select count(*)
                from jsonb_each(subject.specifications) as specification
                where products.specifications -> specification.key = specification.value
            ) * 0.5
            -- The nearer in price, the more alike.
            + least(products.price, subject.price) / greatest(products.price, subject.price) desc,
        products.created_at desc,
        products.id
    limit coalesce(related_products.max_results, 8);
end;
$$;
grant execute on function private.related_products to anon, authenticated, service_role;

-- sql/search/triggers.sql

create trigger follow_texts_of_new
    after insert on public.products
    referencing new table as written
    for each statement execute function private.follow_texts();

create trigger follow_texts_of_changed
    after update on public.products
    referencing old table as replaced new table as written
    for each statement execute function private.follow_texts();

create trigger follow_entries_of_new
    after insert on public.products
    referencing new table as written
    for each statement execute function private.follow_entries();

create trigger follow_entries_of_changed
    after update on public.products
    referencing old table as replaced new table as written
    for each statement execute function private.follow_entries();

create trigger follow_entries_of_removed
    after delete on public.products
    referencing old table as removed
    for each statement execute function private.follow_entries();

-- sql/search/api/search_products.sql

create function public.search_products(
    q text default null,
    category_slug text default null,
    brand text default null,
    min_price numeric default null,
    max_price numeric default null,
    in_stock boolean default null,
    specifications jsonb default null,
    sort text default null,
    page integer default null,
    page_size integer default null
)
    returns setof public.products
    stable
    rows 20
    set search_path = ''
    language plpgsql
    as $$
begin
    return query
    select *
    from private.search_products(
        q, category_slug, brand, min_price, max_price, in_stock, specifications, sort, page, page_size
    );
end;
$$;
comment on function public.search_products is
    'Products on show that match, as rows of products: select, embedding and count work on them. Never variants: a match in
a variant (its SKU, price, stock, specifications) finds its product.
q: words in any case, with or without accents, whole or begun, French, Arabic or English, in any form of a letter or digit;
a number and its unit together or apart; words found nowhere are taken for mistyped ones. A SKU, or its beginning, adds its
product to what the words find. SKU, then brand, come first.
category_slug: with all categories below. brand: in any case, with or without accents. min_price, max_price: in the
store''s currency, inclusive. in_stock: true for products with units on sale, false for sold-out ones. specifications:
{key: value} or {key: [any, of, these]}. Price, stock and specifications must be met by one row, the product or a variant.
sort: relevance (default with q), newest (default without), price_asc, price_desc, name (the one shown: Accept-Language).
A product with variants has the prices of those on sale, in filters and order: the lowest for price_asc, the highest for
price_desc; its own plays no part, and without a variant on sale it has none and comes last.
page (from 1) and page_size (default 20, at most 100) return one page. Without both, the first 1000 matches come in order,
for limit, offset, order, filters and count of the request; count=exact and count=estimated are the number of those, so at
most 1000 (product_facets has the total). count=planned is not, because the planner does not look into functions.
Errors: invalid_input, also for specifications the category does not know.';
grant execute on function public.search_products to anon, authenticated, service_role;

-- sql/search/api/product_facets.sql

create function public.product_facets(
    q text default null,
    category_slug text default null,
    brand text default null,
    min_price numeric default null,
    max_price numeric default null,
    in_stock boolean default null,
    specifications jsonb default null
)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.product_facets(q, category_slug, brand, min_price, max_price, in_stock, specifications);
end;
$$;
comment on function public.product_facets is
    'What the matches of search_products with these arguments can be narrowed down by: {total, categories: [{id, slug,
name, count}], brands: [{value, count}], price: {min, max}, specifications: {key: [{value, count}]}}.
total counts matches of all filters. A facet leaves its own filter aside, so brands other than the chosen one keep
their counts; categories do not: they are those of the matches, each with what stands below it. Specifications are the
filterable attributes. Brands, and values of a key, are the 100 most frequent. A product with variants has the prices of
those on sale.
Errors: invalid_input.';
grant execute on function public.product_facets to anon, authenticated, service_role;

-- sql/search/api/related_products.sql

create function public.related_products(product_id uuid, max_results integer default 8)
    returns setof public.products
    stable
    rows 8
    set search_path = ''
    language plpgsql
    as $$
begin
    return query
    select *
    from private.related_products(product_id, max_results);
end;
$$;
comment on function public.related_products is
    'Products on show like this one, as rows of products: same category, brand and specifications, near in price. A variant has its product''s. max_results: 1 to 100. Nothing for a product that is not on show. Errors: invalid_input.';
grant execute on function public.related_products to anon, authenticated, service_role;
