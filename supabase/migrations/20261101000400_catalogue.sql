-- Composed from sql/catalogue by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/catalogue/private/normalise.sql

-- How texts are compared in search: lower case, without accents, punctuation as spaces; Arabic without vowel signs and
-- tatweel, with one form of alef, ya, ta marbuta and the carriers of hamza, and with European digits.
-- Immutable, because the dictionary is named and the rules of `unaccent` do not change within a version of PostgreSQL.
-- plpgsql, here and where it is called, because that keeps its plans: this runs several times for every product written.
create function private.normalise(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
declare
    normal text := lower(extensions.unaccent('extensions.unaccent'::regdictionary, value));
begin
    if normal ~ '[\u0600-\u06ff]' then
        normal := translate(
            normal,
            u&'\0623\0625\0622\0671\0649\06CC\0626\0624\0629\06A9\0660\0661\0662\0663\0664\0665\0666\0667\0668\0669'
                || u&'\0640\064B\064C\064D\064E\064F\0650\0651\0652\0653\0654\0655\0670',
            u&'\0627\0627\0627\0627\064A\064A\064A\0648\0647\06430123456789'
        );
    end if;
    return btrim(regexp_replace(
        normal,
        -- ASCII and common punctuation by code, because character classes depend on the database's locale.
        '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u2000-\u206f\u3000-\u303f\u060c\u061b\u061f\u066a-\u066c]+',
        ' ',
        'g'
    ));
end;
$$;
comment on function private.normalise is 'A text as search compares it.';
grant execute on function private.normalise to anon, authenticated, service_role;

-- sql/catalogue/private/search_words.sql

-- The words of a text, normalised, in order.
create function private.search_words(value text)
    returns text[]
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return array_remove(string_to_array(private.normalise(value), ' '), '');
end;
$$;
grant execute on function private.search_words to anon, authenticated, service_role;

-- sql/catalogue/private/translated_text.sql

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
grant execute on function private.translated_text to anon, authenticated, service_role;

-- sql/catalogue/private/search_document.sql

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
grant execute on function private.search_stems to anon, authenticated, service_role;

-- What is found of a product. Weights: A the SKU, also in one word; B the brand; C names; D texts, of which stems are
-- enough. They keep their positions: without them a lexeme has no weight, and would count as a brand.
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
    codes constant text := private.normalise(sku);
    brands constant text := coalesce(private.normalise(brand), '');
    names constant text := private.normalise(concat_ws(' ', name, private.translated_text(translations, 'name')));
    texts constant text := private.normalise(concat_ws(
        ' ',
        short_description,
        description,
        private.translated_text(translations, 'short_description', 'description')
    ));
begin
    return setweight(to_tsvector('pg_catalog.simple', codes || ' ' || replace(codes, ' ', '')), 'A')
        || setweight(to_tsvector('pg_catalog.simple', brands) || private.search_stems(brands), 'B')
        || setweight(to_tsvector('pg_catalog.simple', names) || private.search_stems(names), 'C')
        || private.search_stems(texts);
end;
$$;
grant execute on function private.search_document to anon, authenticated, service_role;

-- sql/catalogue/private/image_url_fault.sql

-- What is wrong with an image's address; null when nothing is. Only what a browser may load, or a path of the shop itself.
create function private.image_url_fault(value text, required boolean default false)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language sql
    as $$
    select coalesce(
        private.text_fault(value, 2000, required),
        case when value !~ '^(https?://[^\s/"<>\\]+|/)[^\s"<>\\]*$' then 'must be an http(s) address or a path that begins with /' end
    );
$$;
grant execute on function private.image_url_fault to anon, authenticated, service_role;

-- sql/catalogue/private/storage_path_fault.sql

-- What is wrong with the name of an object in Storage; null when nothing is.
create function private.storage_path_fault(value text)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language sql
    as $$
    select case
        when value !~ '^[^\s/\\][^\\]*$' or value ~ '(^|/)\.\.?(/|$)' then 'is not the name of an object in Storage'
        else private.text_fault(value, 1000)
    end;
$$;
grant execute on function private.storage_path_fault to anon, authenticated, service_role;

-- sql/catalogue/private/image_variants_fault.sql

-- What is wrong with a picture's smaller sizes; null when nothing is.
create function private.image_variants_fault(variants jsonb)
    returns text
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(image_variants_fault.variants) is distinct from 'array' then
        return 'must be an array of {width, height, url, storage_path}';
    end if;
    if jsonb_array_length(image_variants_fault.variants) > 5 then
        return 'has too many entries (at most 5)';
    end if;

    return (
        select format('[%s]: %s', size.position - 1, fault.reason)
        from jsonb_array_elements(image_variants_fault.variants) with ordinality as size (value, position)
        cross join lateral (
            select case
                when jsonb_typeof(size.value) <> 'object' then 'must be {width, height, url, storage_path}'
                when size.value - array['width', 'height', 'url', 'storage_path'] <> '{}'::jsonb
                    or jsonb_typeof(size.value -> 'url') is distinct from 'string'
                    or jsonb_typeof(size.value -> 'storage_path') not in ('string', 'null')
                    then 'must be {width, height, url, storage_path}'
                when coalesce(size.value ->> 'width', '') !~ '^(100000|[1-9][0-9]{0,4})$'
                    or jsonb_typeof(size.value -> 'width') <> 'number'
                    then 'width must be 1 to 100000 pixels'
                when coalesce(size.value ->> 'height', '') !~ '^(100000|[1-9][0-9]{0,4})$'
                    or jsonb_typeof(size.value -> 'height') <> 'number'
                    then 'height must be 1 to 100000 pixels'
                else coalesce(
                    'url ' || private.image_url_fault(size.value ->> 'url', required => true),
                    'storage_path ' || private.storage_path_fault(size.value ->> 'storage_path')
                )
            end
        ) as fault (reason)
        where fault.reason is not null
        order by size.position
        limit 1
    );
end;
$$;
grant execute on function private.image_variants_fault to anon, authenticated, service_role;

-- sql/catalogue/private/image_paths.sql

-- The names of all objects in Storage that a picture consists of. An index is made of it.
create function private.image_paths(storage_path text, variants jsonb)
    returns text[]
    immutable
    parallel safe
    set search_path = ''
    language sql
    as $$
    select array_remove(
        array[storage_path] || array(select size ->> 'storage_path' from jsonb_array_elements(variants) as size),
        null
    );
$$;
grant execute on function private.image_paths to anon, authenticated, service_role;

-- sql/catalogue/categories.sql

create table public.categories (
    id uuid primary key default gen_random_uuid(),
    parent_id uuid references public.categories on delete restrict,
    name text not null,
    slug text not null,
    description text,
    image_url text,
    sort_order integer not null default 0,
    is_active boolean not null default true,
    translations jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint categories_slug_unique unique (slug),
    constraint categories_slug_form check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 100),
    constraint categories_name_text check (char_length(name) between 1 and 100 and private.is_plain_text(name)),
    constraint categories_description_text check (
        char_length(description) <= 2000 and private.is_plain_text(description, multiline => true)
    ),
    constraint categories_image_url_form check (private.image_url_fault(image_url) is null),
    constraint categories_translations_object check (jsonb_typeof(translations) = 'object'),
    constraint categories_parent_id_not_self check (parent_id <> id)
);
create index categories_parent_id_idx on public.categories (parent_id);

comment on table public.categories is
    'The category tree, at most 8 levels deep. Visitors see a category when it and all above it are active; rpc/category_tree has it as one document, with product counts.';
comment on column public.categories.slug is 'Name in URLs: lower-case letters, digits and single hyphens.';
comment on column public.categories.is_active is 'false hides the category, all below it and their products.';
comment on column public.categories.translations is
    '{language: {name, description}}, for languages other than the store''s first one. Read them as localised_name, localised_description.';

-- sql/catalogue/category_attributes.sql

create table public.category_attributes (
    id uuid primary key default gen_random_uuid(),
    category_id uuid not null references public.categories on delete cascade,
    key text not null,
    label text not null,
    type text not null,
    unit text,
    required boolean not null default false,
    allowed_values text[],
    filterable boolean not null default true,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint category_attributes_category_key_unique unique (category_id, key),
    constraint category_attributes_key_form check (key ~ '^[a-z][a-z0-9_]{0,49}$'),
    constraint category_attributes_label_text check (char_length(label) between 1 and 100 and private.is_plain_text(label)),
    constraint category_attributes_type_known check (type in ('text', 'number', 'boolean', 'enum')),
    constraint category_attributes_unit_text check (char_length(unit) <= 20 and private.is_plain_text(unit)),
    constraint category_attributes_allowed_values_of_enum check (
        case when type = 'enum' then coalesce(cardinality(allowed_values), 0) > 0 else allowed_values is null end
    )
);

comment on table public.category_attributes is
    'What products of a category, and of all below it, say in products.specifications. The nearest definition of a key counts. A change holds for products when their specifications or category are next written; until then they stay as they are.';
comment on column public.category_attributes.key is 'Key in products.specifications: lower-case letters, digits and underscores.';
comment on column public.category_attributes.type is 'JSON type of the value: text, number, boolean, or enum (one of allowed_values).';
comment on column public.category_attributes.required is 'Whether a product without it is refused.';
comment on column public.category_attributes.filterable is 'Whether product_facets offers it.';

-- sql/catalogue/products.sql

create table public.products (
    id uuid primary key default gen_random_uuid(),
    parent_id uuid references public.products on delete restrict,
    category_id uuid references public.categories on delete restrict,
    sku text not null,
    name text not null,
    slug text not null,
    short_description text,
    description text,
    brand text,
    price numeric(10, 2) not null,
    compare_at_price numeric(10, 2),
    currency text not null default 'MAD',
    tax_rate numeric(5, 2) not null default 20.00,
    options jsonb,
    specifications jsonb not null default '{}',
    meta_title text,
    meta_description text,
    weight numeric(8, 2),
    is_featured boolean not null default false,
    is_active boolean not null default true,
    translations jsonb not null default '{}',
    search tsvector generated always as (
        private.search_document(sku, name, brand, short_description, description, translations)
    ) stored,
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint products_sku_unique unique (sku),
    constraint products_slug_unique unique (slug),
    constraint products_sku_form check (sku ~ '^[A-Za-z0-9]([A-Za-z0-9._/-]{0,48}[A-Za-z0-9])?$'),
    constraint products_slug_form check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 200),
    constraint products_name_text check (char_length(name) between 1 and 200 and private.is_plain_text(name)),
    constraint products_short_description_text check (
        char_length(short_description) <= 500 and private.is_plain_text(short_description, multiline => true)
    ),
    constraint products_description_text check (
        char_length(description) <= 20000 and private.is_plain_text(description, multiline => true)
    ),
    constraint products_brand_text check (char_length(brand) <= 100 and private.is_plain_text(brand)),
    constraint products_meta_title_text check (char_length(meta_title) <= 200 and private.is_plain_text(meta_title)),
    constraint products_meta_description_text check (
        char_length(meta_description) <= 500 and private.is_plain_text(meta_description)
    ),
    constraint products_price_positive check (price > 0),
    constraint products_compare_at_price_above_price check (compare_at_price > price),
    constraint products_currency_form check (currency ~ '^[A-Z]{3}$'),
    constraint products_tax_rate_range check (tax_rate between 0 and 100),
    constraint products_weight_not_negative check (weight >= 0),
    constraint products_specifications_object check (jsonb_typeof(specifications) = 'object'),
    constraint products_translations_object check (jsonb_typeof(translations) = 'object'),
    constraint products_parent_id_not_self check (parent_id <> id),
    constraint products_options_of_variant check (
        case
            when parent_id is null then options is null
            else options is not null and jsonb_typeof(options) = 'object' and options <> '{}'
        end
    )
);

-- Descriptions go out of line first, so that search reads rows, not their attic.
alter table public.products alter column search set storage main;

create index products_parent_id_idx on public.products (parent_id);
create index products_category_id_idx on public.products (category_id);
create unique index products_options_unique on public.products (parent_id, options) where deleted_at is null;

-- Lists of the storefront: a category's products, the newest, the cheapest, by name, the featured, a brand's.
create index products_category_created_at_idx on public.products (category_id, created_at desc, id)
    where parent_id is null and is_active and deleted_at is null;
create index products_created_at_idx on public.products (created_at desc, id);
create index products_price_idx on public.products (price, id);
create index products_name_idx on public.products (private.normalise(name), id)
    where parent_id is null and is_active and deleted_at is null;
-- Not partial: a client's is.true and eq.true both find a boolean column, but not both a predicate.
create index products_featured_idx on public.products (is_featured, created_at desc, id);
create index products_brand_idx on public.products (private.normalise(brand));

create index products_search_idx on public.products using gin (search);
create index products_specifications_idx on public.products using gin (specifications jsonb_path_ops);

comment on table public.products is
    'What the shop sells. A product with variants (products with its parent_id) is sold as one of them. Visitors see a product when it is active, not deleted, and its category and parent are on show. Soft delete: deleted_at. Stock: computed fields available_stock, in_stock.';
comment on column public.products.parent_id is
    'A variant''s product; one level deep. Read them in one request: select=*,variants:products!parent_id(*).';
comment on column public.products.category_id is 'A variant without one gets its product''s, and follows it.';
comment on column public.products.sku is 'Letters, digits, dot, slash, hyphen and underscore; unique, deleted products included.';
comment on column public.products.name is
    'Plain text. A variant without name, brand, descriptions, weight, translations or specifications gets its product''s, and follows them.';
comment on column public.products.slug is 'Name in URLs: lower-case letters, digits and single hyphens.';
comment on column public.products.short_description is 'Plain text.';
comment on column public.products.description is 'Markdown without HTML.';
comment on column public.products.price is 'In the store''s currency, tax included.';
comment on column public.products.compare_at_price is 'The price before a reduction, above price; null when there is none.';
comment on column public.products.currency is 'Always the store''s one currency.';
comment on column public.products.tax_rate is 'Per cent of tax contained in price.';
comment on column public.products.options is
    'What sets a variant apart, as {"size": "M"}: the same keys for all variants of a product, each combination once. Null for other products.';
comment on column public.products.specifications is
    '{key: value}, as category_attributes of the category and those above it say; free where they say nothing.';
comment on column public.products.weight is 'Kilograms.';
comment on column public.products.translations is
    '{language: {name, short_description, description, meta_title, meta_description}}, for languages other than the store''s first one. Read them as localised_name and so on.';
comment on column public.products.search is 'What rpc/search_products looks through; made of the texts.';
comment on column public.products.deleted_at is 'When it was withdrawn for good; orders keep naming it.';

-- sql/catalogue/product_images.sql

create table public.product_images (
    id uuid primary key default gen_random_uuid(),
    product_id uuid not null references public.products on delete cascade,
    storage_path text,
    url text not null,
    alt text,
    sort_order integer not null default 0,
    is_primary boolean not null default false,
    width integer,
    height integer,
    variants jsonb not null default '[]',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint product_images_storage_path_form check (private.storage_path_fault(storage_path) is null),
    constraint product_images_url_form check (private.image_url_fault(url, required => true) is null),
    constraint product_images_alt_text check (char_length(alt) <= 300 and private.is_plain_text(alt)),
    constraint product_images_width_range check (width between 1 and 100000),
    constraint product_images_height_range check (height between 1 and 100000),
    constraint product_images_variants_form check (private.image_variants_fault(variants) is null)
);
create index product_images_product_id_idx on public.product_images (product_id, sort_order);
-- is_primary is a column of it so that no API server takes product_id alone for unique, and images for one image.
create unique index product_images_primary_unique on public.product_images (product_id, is_primary) where is_primary;
-- Which picture an object in Storage belongs to.
create index product_images_paths_idx on public.product_images using gin (private.image_paths(storage_path, variants));

comment on table public.product_images is
    'Pictures of products, in sort_order. At most one per product is primary: making one primary unmakes the other.';
comment on column public.product_images.storage_path is 'Name of the object in Storage; null for a picture kept elsewhere.';
comment on column public.product_images.alt is 'What the picture shows, for those who do not see it.';
comment on column public.product_images.width is 'Pixels.';
comment on column public.product_images.height is 'Pixels.';
comment on column public.product_images.variants is
    'The same picture in smaller sizes, at most 5: [{width, height, url, storage_path}]; pixels, and storage_path as above.';

-- sql/catalogue/product_costs.sql

-- Apart from `products`, which everybody reads.
create table public.product_costs (
    product_id uuid primary key references public.products on delete cascade,
    cost_price numeric(10, 2) not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint product_costs_cost_price_not_negative check (cost_price >= 0)
);

comment on table public.product_costs is 'What the shop pays for products. Admins only.';
comment on column public.product_costs.cost_price is 'In the store''s currency.';

-- sql/catalogue/wishlists.sql

create table public.wishlists (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid() references auth.users on delete cascade,
    product_id uuid not null references public.products on delete cascade,
    created_at timestamptz not null default now(),
    constraint wishlists_user_product_unique unique (user_id, product_id)
);
create index wishlists_product_id_idx on public.wishlists (product_id);

comment on table public.wishlists is
    'Products customers keep for later, seen by their owner only. A product that is withdrawn stays in the list, but embeds as null.';

-- sql/catalogue/search_vocabulary.sql

-- The words of names, brands and short descriptions, to find what a mistyped word was meant to be. A word may stand here
-- twice, or outlive its product: search asks the products again.
create table private.search_vocabulary (
    id bigint generated always as identity primary key,
    word text not null,
    constraint search_vocabulary_word_length check (char_length(word) between 3 and 40)
);
create index search_vocabulary_word_idx on private.search_vocabulary (word);
create index search_vocabulary_length_idx on private.search_vocabulary (char_length(word));

-- sql/catalogue/private/hidden_categories.sql

-- Categories that are inactive or stand below one that is.
create recursive view private.hidden_categories (id) as
select categories.id
from public.categories
where not categories.is_active
union
select categories.id
from public.categories
inner join hidden_categories on categories.parent_id = hidden_categories.id;

-- sql/catalogue/private/hidden_category_ids.sql

-- private.hidden_categories as an array, for conditions on many rows: worked out once, as (select private.hidden_category_ids()),
-- and compared by hash. The planner takes a look into the view for as dear as the whole query.
create function private.hidden_category_ids()
    returns uuid[]
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select array(select hidden.id from private.hidden_categories as hidden);
$$;
grant execute on function private.hidden_category_ids to anon, authenticated, service_role;

-- sql/catalogue/private/is_hidden_parent.sql

-- Whether a product hides its variants, where these categories are hidden. A function, because a policy on products can't
-- read products. It costs more than it says, but is asked of variants only, of which a page has few: at its real price the
-- planner would take any list for so dear that it compiles the query, which takes longer than the list.
create function private.is_hidden_parent(product_id uuid, hidden_categories uuid[])
    returns boolean
    stable
    cost 5
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select
        from public.products
        where products.id = is_hidden_parent.product_id
            and (
                not products.is_active
                or products.deleted_at is not null
                or products.category_id = any(hidden_categories)
            )
    );
end;
$$;
grant execute on function private.is_hidden_parent to anon, authenticated, service_role;

-- sql/catalogue/private/products_on_show.sql

-- Products that visitors see, for functions that run with more rights than their caller. The policies on products say
-- the same.
create view private.products_on_show as
select products.*
from public.products
where products.is_active
    and products.deleted_at is null
    and (products.category_id is null or products.category_id <> all((select private.hidden_category_ids())::uuid[]))
    and (
        products.parent_id is null
        or not private.is_hidden_parent(products.parent_id, (select private.hidden_category_ids()))
    );

-- sql/catalogue/private/sellable_products.sql

-- Products that can be bought themselves: on show, and not sold as one of their variants. A view, so that a whole cart is
-- looked up in one query.
create view private.sellable_products as
select shown.*
from private.products_on_show as shown
where not exists (
    select from public.products as variants
    where variants.parent_id = shown.id and variants.deleted_at is null
);

-- sql/catalogue/private/is_sellable.sql

-- Whether this very product can be bought.
create function private.is_sellable(product public.products)
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select from private.sellable_products as sold
        where sold.id = product.id
    );
end;
$$;

-- sql/catalogue/private/category_branch.sql

-- A category and all below it.
create function private.category_branch(category_id uuid)
    returns setof uuid
    stable
    set search_path = ''
    language sql
    as $$
    with recursive branch as (
        select categories.id
        from public.categories
        where categories.id = category_branch.category_id

        union

        select categories.id
        from public.categories
        inner join branch on categories.parent_id = branch.id
    )

    select branch.id
    from branch;
$$;

-- sql/catalogue/private/category_schema.sql

-- The attributes of a category's products: its own and inherited ones, the nearest definition of a key.
create function private.category_schema(category_id uuid)
    returns setof public.category_attributes
    stable
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
begin
    return query
    with recursive ancestors as (
        select categories.id, categories.parent_id, 0 as distance
        from public.categories
        where categories.id = category_schema.category_id

        union all

        select categories.id, categories.parent_id, ancestors.distance + 1
        from public.categories
        inner join ancestors on categories.id = ancestors.parent_id
    )

    select distinct on (category_attributes.key) category_attributes.*
    from ancestors
    inner join public.category_attributes on category_attributes.category_id = ancestors.id
    order by category_attributes.key, ancestors.distance;
end;
$$;

-- sql/catalogue/private/translation_faults.sql

-- What is wrong with a column `translations`: {"translations.en.name": reason}. `limits` are the texts there may be and
-- their longest length; names and titles are of one line.
create function private.translation_faults(translations jsonb, limits jsonb)
    returns jsonb
    immutable
    set search_path = ''
    language sql
    as $$
    select case
        when jsonb_typeof(translations) is distinct from 'object' then
            '{"translations": "must be an object of language to texts"}'::jsonb
        else (
            select coalesce(jsonb_object_agg(fault.field, fault.reason), '{}')
            from (
                select
                    'translations.' || language.key as field,
                    case
                        when language.key !~ '^[a-z]{2,3}$' then 'is not a language code of two or three letters'
                        when jsonb_typeof(language.value) <> 'object' then 'must be an object of texts'
                    end as reason
                from jsonb_each(translations) as language

                union all

                select
                    'translations.' || language.key || '.' || text.key,
                    case
                        when not limits ? text.key then 'is not translated; known are '
                            || (select string_agg(known, ', ') from jsonb_object_keys(limits) as known)
                        when jsonb_typeof(text.value) <> 'string' then 'must be a text'
                        else private.text_fault(
                            text.value #>> '{}',
                            (limits ->> text.key)::integer,
                            required => false,
                            multiline => text.key in ('description', 'short_description')
                        )
                    end
                from jsonb_each(translations) as language
                cross join lateral jsonb_each(
                    case when jsonb_typeof(language.value) = 'object' then language.value else '{}' end
                ) as text
            ) as fault
            where fault.reason is not null
        )
    end;
$$;

-- sql/catalogue/private/specification_faults.sql

-- What is wrong with a product's specifications in this category: {"specifications.<key>": reason}.
create function private.specification_faults(category_id uuid, specifications jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    faults jsonb;
begin
    if jsonb_typeof(specification_faults.specifications) is distinct from 'object' then
        return '{"specifications": "must be an object of key to value"}'::jsonb;
    end if;
    if octet_length(specification_faults.specifications::text) > 20000 then
        return '{"specifications": "is too large (at most 20000 bytes)"}'::jsonb;
    end if;

    with known as (
        select *
        from private.category_schema(specification_faults.category_id)
    ),

    checked as (
        select
            coalesce(known.key, given.key) as key,
            case
                when given.key is null then case when known.required then 'is required' end
                when known.key is null and exists (select from known) then 'is not an attribute of this category'
                when char_length(given.key) > 50 or not private.is_plain_text(given.key)
                    then 'must have a key of at most 50 plain characters'
                when jsonb_typeof(given.value) = 'string' and known.type in ('text', 'enum') is not false then coalesce(
                    private.text_fault(given.value #>> '{}', 500, required => known.required is true),
                    case
                        when known.type = 'enum' and given.value #>> '{}' <> all(known.allowed_values)
                            then 'must be one of: ' || array_to_string(known.allowed_values, ', ')
                    end
                )
                when known.type = 'enum' then 'must be one of: ' || array_to_string(known.allowed_values, ', ')
                when known.type = 'text' then 'must be a text'
                when known.type = 'number' and jsonb_typeof(given.value) <> 'number' then 'must be a number'
                when known.type = 'boolean' and jsonb_typeof(given.value) <> 'boolean' then 'must be true or false'
                when jsonb_typeof(given.value) in ('object', 'array') then 'must be a text, a number, true or false'
            end as reason
        from known
        full outer join jsonb_each(jsonb_strip_nulls(specification_faults.specifications)) as given on given.key = known.key
    )

    select jsonb_object_agg('specifications.' || checked.key, checked.reason)
    into faults
    from checked
    where checked.reason is not null;

    return coalesce(faults, '{}');
end;
$$;

-- sql/catalogue/private/option_faults.sql

-- What is wrong with the options of a variant, or of a product that is none. The caller holds the parent's lock.
create function private.option_faults(product public.products)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    parent public.products;
    faults jsonb := '{}'::jsonb;
    sibling_keys text[];
    own_keys text[];
begin
    if product.parent_id is null then
        if product.options is not null then
            faults := '{"options": "only variants have options: give parent_id too, or leave options out"}'::jsonb;
        end if;
        return faults;
    end if;

    select *
    into parent
    from public.products
    where products.id = product.parent_id;

    if parent.id is null then
        faults := faults || '{"parent_id": "is not a product"}';
    elsif parent.id = product.id then
        faults := faults || '{"parent_id": "is the product itself"}';
    elsif parent.parent_id is not null then
        faults := faults || '{"parent_id": "is a variant itself: variants are one level deep"}';
    elsif exists (select from public.products where products.parent_id = product.id) then
        faults := faults || '{"parent_id": "this product has variants, so it cannot be one"}';
    end if;

    if jsonb_typeof(product.options) is distinct from 'object' or product.options = '{}' then
        return faults || '{"options": "a variant needs options, as {\"size\": \"M\"}"}';
    end if;

    select faults || coalesce(
        jsonb_object_agg(
            'options.' || given.key,
            case
                when given.key !~ '\S' or private.text_fault(given.key, 50) is not null
                    then 'must have a key of 1 to 50 plain characters'
                when jsonb_typeof(given.value) <> 'string' then 'must be a text'
                else coalesce(private.text_fault(given.value #>> '{}', 100, required => true), '')
            end
        ) filter (
            where given.key !~ '\S'
                or private.text_fault(given.key, 50) is not null
                or jsonb_typeof(given.value) <> 'string'
                or private.text_fault(given.value #>> '{}', 100, required => true) is not null
        ),
        '{}'
    )
    into faults
    from jsonb_each(product.options) as given;

    if octet_length(product.options::text) > 1000 then
        faults := faults || '{"options": "is too large (at most 1000 bytes)"}';
    end if;

    if product.is_active and product.deleted_at is null then
        select array_agg(option_key order by option_key)
        into own_keys
        from jsonb_object_keys(product.options) as option_key;

        select (
            select array_agg(option_key order by option_key)
            from jsonb_object_keys(siblings.options) as option_key
        )
        into sibling_keys
        from public.products as siblings
        where siblings.parent_id = product.parent_id
            and siblings.id <> product.id
            and siblings.is_active
            and siblings.deleted_at is null
        limit 1;

        if sibling_keys <> own_keys then
            faults := faults || jsonb_build_object(
                'options',
                'must have the same keys as the other variants on sale: ' || array_to_string(sibling_keys, ', ')
            );
        end if;
    end if;

    if product.deleted_at is null and exists (
        select
        from public.products as siblings
        where siblings.parent_id = product.parent_id
            and siblings.id <> product.id
            and siblings.options = product.options
            and siblings.deleted_at is null
    ) then
        faults := faults || '{"options": "another variant has the same options"}';
    end if;
    return faults;
end;
$$;

-- sql/catalogue/private/category_parent_fault.sql

-- What is wrong with the place of a category in the tree; null when nothing is. Places change one at a time, or two
-- moves that are fine alone could close a circle.
create function private.category_parent_fault(category_id uuid, parent_id uuid)
    returns text
    volatile
    set search_path = ''
    language plpgsql
    as $$
declare
    max_depth constant integer := 8;
    above uuid[];
    levels_below integer;
begin
    if category_parent_fault.parent_id is null then
        return null;
    end if;
    perform pg_advisory_xact_lock(hashtextextended('public.categories.parent_id', 0));

    with recursive ancestors as (
        select categories.id, categories.parent_id
        from public.categories
        where categories.id = category_parent_fault.parent_id

        union

        select categories.id, categories.parent_id
        from public.categories
        inner join ancestors on categories.id = ancestors.parent_id
    )

    select array_agg(ancestors.id)
    into above
    from ancestors;

    if above is null then
        return 'is not a category';
    end if;
    if category_parent_fault.category_id = any(above) then
        return 'would put the category below itself';
    end if;

    with recursive branch as (
        select category_parent_fault.category_id as id, 1 as level

        union

        select categories.id, branch.level + 1
        from public.categories
        inner join branch on categories.parent_id = branch.id
        where branch.level <= max_depth
    )

    select max(branch.level)
    into levels_below
    from branch;

    if cardinality(above) + levels_below > max_depth then
        return format('would make the tree deeper than %s levels', max_depth);
    end if;
    return null;
end;
$$;

-- sql/catalogue/private/validate_category.sql

create function private.validate_category()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(
        jsonb_strip_nulls(jsonb_build_object(
            'name', private.text_fault(new.name, 100, required => true),
            'slug', case
                when new.slug is null then 'is required'
                when new.slug !~ '^[a-z0-9]+(-[a-z0-9]+)*$' or char_length(new.slug) > 100
                    then 'must be lower-case letters, digits and single hyphens (at most 100)'
            end,
            'description', private.text_fault(new.description, 2000, multiline => true),
            'image_url', private.image_url_fault(new.image_url),
            'parent_id', case
                when tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id
                    then private.category_parent_fault(new.id, new.parent_id)
            end
        ))
        || private.translation_faults(new.translations, '{"name": 100, "description": 2000}')
    );
    return new;
end;
$$;

-- sql/catalogue/private/validate_category_attribute.sql

create function private.validate_category_attribute()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'category_id', case when new.category_id is null then 'is required' end,
        'key', case
            when new.key is null then 'is required'
            when new.key !~ '^[a-z][a-z0-9_]{0,49}$' then 'must begin with a lower-case letter; then come letters, digits and _ (at most 50)'
        end,
        'label', private.text_fault(new.label, 100, required => true),
        'type', case
            when new.type is null then 'is required'
            when new.type not in ('text', 'number', 'boolean', 'enum') then 'must be text, number, boolean or enum'
        end,
        'unit', private.text_fault(new.unit, 20),
        'allowed_values', case
            when new.type <> 'enum' and new.allowed_values is not null then 'only an enum has allowed values'
            when new.type <> 'enum' then null
            when coalesce(cardinality(new.allowed_values), 0) = 0 then 'an enum needs at least one allowed value'
            when cardinality(new.allowed_values) > 500 then 'has too many entries (at most 500)'
            else (
                select coalesce(
                    max(private.text_fault(coalesce(allowed, ''), 100, required => true)),
                    case when count(*) <> count(distinct allowed) then 'holds a value twice' end
                )
                from unnest(new.allowed_values) as allowed
            )
        end
    )));
    return new;
end;
$$;

-- sql/catalogue/private/validate_product.sql

-- Fills in what a variant leaves to its product, then holds the row against every rule and reports all faults at once.
create function private.validate_product()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    parent public.products;
    faults jsonb;
    is_new constant boolean := tg_op = 'INSERT';
begin
    new.currency := coalesce(new.currency, private.setting_text('store.currency'));
    new.translations := coalesce(new.translations, '{}');
    new.specifications := coalesce(new.specifications, '{}');
    if jsonb_typeof(new.specifications) = 'object' then
        new.specifications := jsonb_strip_nulls(new.specifications);
    end if;

    if new.parent_id is not null then
        if is_new
            or new.parent_id is distinct from old.parent_id
            or new.options is distinct from old.options
            or new.is_active is distinct from old.is_active
            or new.deleted_at is distinct from old.deleted_at
        then
            -- Variants of a product change one at a time.
            perform
            from public.products
            where products.id = new.parent_id
            for no key update;
        end if;

        select *
        into parent
        from public.products
        where products.id = new.parent_id;

        new.category_id := coalesce(new.category_id, parent.category_id);
        new.name := coalesce(nullif(btrim(new.name), ''), parent.name);
        new.short_description := coalesce(nullif(btrim(new.short_description), ''), parent.short_description);
        new.description := coalesce(nullif(btrim(new.description), ''), parent.description);
        new.brand := coalesce(nullif(btrim(new.brand), ''), parent.brand);
        new.meta_title := coalesce(nullif(btrim(new.meta_title), ''), parent.meta_title);
        new.meta_description := coalesce(nullif(btrim(new.meta_description), ''), parent.meta_description);
        new.weight := coalesce(new.weight, parent.weight);
        if new.translations = '{}' then
            new.translations := coalesce(parent.translations, '{}');
        end if;
        if jsonb_typeof(new.specifications) = 'object' then
            new.specifications := coalesce(parent.specifications, '{}') || new.specifications;
        end if;
    end if;

    faults := jsonb_strip_nulls(jsonb_build_object(
        'sku', case
            when new.sku is null then 'is required'
            when new.sku !~ '^[A-Za-z0-9]([A-Za-z0-9._/-]{0,48}[A-Za-z0-9])?$'
                then 'must be 1 to 50 letters, digits and . _ / - between them'
        end,
        'name', private.text_fault(new.name, 200, required => true),
        'slug', case
            when new.slug is null then 'is required'
            when new.slug !~ '^[a-z0-9]+(-[a-z0-9]+)*$' or char_length(new.slug) > 200
                then 'must be lower-case letters, digits and single hyphens (at most 200)'
        end,
        'short_description', private.text_fault(new.short_description, 500, multiline => true),
        'description', private.text_fault(new.description, 20000, multiline => true),
        'brand', private.text_fault(new.brand, 100),
        'meta_title', private.text_fault(new.meta_title, 200),
        'meta_description', private.text_fault(new.meta_description, 500),
        'price', case
            when new.price is null then 'is required'
            when not (new.price > 0 and new.price < 100000000) then 'must be above 0 and below 100000000'
        end,
        'compare_at_price', case when new.compare_at_price <= new.price then 'must be above price, or null' end,
        'currency', case
            when (is_new or new.currency is distinct from old.currency)
                and new.currency <> private.setting_text('store.currency')
                then 'must be the store''s currency, ' || private.setting_text('store.currency')
        end,
        'tax_rate', case
            when new.tax_rate is null then 'is required'
            when not new.tax_rate between 0 and 100 then 'must be 0 to 100 per cent'
        end,
        'weight', case when not new.weight >= 0 then 'must not be negative' end,
        'category_id', case
            when (is_new or new.category_id is distinct from old.category_id)
                and new.category_id is not null
                and not exists (select from public.categories where categories.id = new.category_id)
                then 'is not a category'
        end,
        'is_featured', case when new.is_featured is null then 'is required' end,
        'is_active', case when new.is_active is null then 'is required' end
    ));

    if is_new or new.translations is distinct from old.translations then
        faults := faults || private.translation_faults(
            new.translations,
            '{"name": 200, "short_description": 500, "description": 20000, "meta_title": 200, "meta_description": 500}'
        );
    end if;
    -- Definitions may have changed since: a new price must not fail for an attribute that came later.
    if is_new
        or new.specifications is distinct from old.specifications
        or new.category_id is distinct from old.category_id
    then
        faults := faults || private.specification_faults(new.category_id, new.specifications);
    end if;
    if is_new
        or new.parent_id is distinct from old.parent_id
        or new.options is distinct from old.options
        or new.is_active is distinct from old.is_active
        or new.deleted_at is distinct from old.deleted_at
    then
        faults := faults || private.option_faults(new);
    end if;

    perform private.raise_invalid(faults);
    return new;
end;
$$;

-- sql/catalogue/private/validate_product_image.sql

-- Holds a picture against the rules; a new primary one takes the place of the former.
create function private.validate_product_image()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'product_id', case when new.product_id is null then 'is required' end,
        'url', private.image_url_fault(new.url, required => true),
        'storage_path', private.storage_path_fault(new.storage_path),
        'alt', private.text_fault(new.alt, 300),
        'width', case when not new.width between 1 and 100000 then 'must be 1 to 100000 pixels' end,
        'height', case when not new.height between 1 and 100000 then 'must be 1 to 100000 pixels' end,
        'variants', private.image_variants_fault(new.variants)
    )));

    if new.is_primary and (tg_op = 'INSERT' or not old.is_primary or new.product_id <> old.product_id) then
        perform
        from public.products
        where products.id = new.product_id
        for no key update;

        update public.product_images
        set is_primary = false
        where product_images.product_id = new.product_id
            and product_images.is_primary
            and product_images.id <> new.id;
    end if;
    return new;
end;
$$;

-- sql/catalogue/private/pass_on_to_variants.sql

-- Variants that say what their product said go on saying what it says.
create function private.pass_on_to_variants()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.products as variants
    set category_id = case
            when variants.category_id is not distinct from old.category_id then new.category_id
            else variants.category_id
        end,
        name = case when variants.name = old.name then new.name else variants.name end,
        short_description = case
            when variants.short_description is not distinct from old.short_description then new.short_description
            else variants.short_description
        end,
        description = case
            when variants.description is not distinct from old.description then new.description
            else variants.description
        end,
        brand = case when variants.brand is not distinct from old.brand then new.brand else variants.brand end,
        meta_title = case when variants.meta_title is not distinct from old.meta_title then new.meta_title else variants.meta_title end,
        meta_description = case
            when variants.meta_description is not distinct from old.meta_description then new.meta_description
            else variants.meta_description
        end,
        weight = case when variants.weight is not distinct from old.weight then new.weight else variants.weight end,
        translations = case when variants.translations = old.translations then new.translations else variants.translations end,
        specifications = new.specifications || coalesce(
            (
                select jsonb_object_agg(own.key, own.value)
                from jsonb_each(variants.specifications) as own
                where old.specifications -> own.key is distinct from own.value
            ),
            '{}'
        )
    where variants.parent_id = new.id;
    return null;
end;
$$;

-- sql/catalogue/private/learn_words.sql

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

-- sql/catalogue/private/follow_store_currency.sql

-- The store has one currency, and its prices are in it.
create function private.follow_store_currency()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.products
    set currency = new.value #>> '{}'
    where products.currency <> new.value #>> '{}';
    return null;
end;
$$;

-- sql/catalogue/triggers.sql

create trigger set_updated_at
    before update on public.categories
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.category_attributes
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.products
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.product_images
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.product_costs
    for each row execute function private.set_updated_at();

create trigger validate
    before insert or update on public.categories
    for each row execute function private.validate_category();

create trigger validate
    before insert or update on public.category_attributes
    for each row execute function private.validate_category_attribute();

create trigger validate
    before insert or update on public.products
    for each row execute function private.validate_product();

create trigger validate
    before insert or update on public.product_images
    for each row execute function private.validate_product_image();

create trigger pass_on_to_variants
    after update on public.products
    for each row
    when (
        new.parent_id is null
        and (
            old.category_id, old.name, old.short_description, old.description, old.brand, old.meta_title, old.meta_description,
            old.weight, old.translations, old.specifications
        ) is distinct from (
            new.category_id, new.name, new.short_description, new.description, new.brand, new.meta_title, new.meta_description,
            new.weight, new.translations, new.specifications
        )
    )
    execute function private.pass_on_to_variants();

create trigger learn_words_of_new
    after insert on public.products
    referencing new table as written
    for each statement execute function private.learn_words();

create trigger learn_words_of_changed
    after update on public.products
    referencing new table as written
    for each statement execute function private.learn_words();

create trigger follow_store_currency
    after update of value on public.system_settings
    for each row
    when (new.key = 'store.currency' and new.value is distinct from old.value)
    execute function private.follow_store_currency();

-- sql/catalogue/access.sql

alter table public.categories enable row level security;
alter table public.category_attributes enable row level security;
alter table public.products enable row level security;
alter table public.product_images enable row level security;
alter table public.product_costs enable row level security;
alter table public.wishlists enable row level security;

grant select on public.categories, public.category_attributes, public.products, public.product_images to anon;
grant select, insert, update, delete
    on public.categories, public.category_attributes, public.product_images, public.product_costs
    to authenticated, service_role;
-- Products are never deleted: deleted_at withdraws them.
grant select, insert, update on public.products to authenticated, service_role;
grant select, insert, delete on public.wishlists to authenticated, service_role;

create policy "visitors read categories on show" on public.categories
    for select to anon
    using (id <> all((select private.hidden_category_ids())::uuid[]));

create policy "customers read categories on show, admins all" on public.categories
    for select to authenticated
    using (
        id <> all((select private.hidden_category_ids())::uuid[])
        or (select private.is_admin())
    );

create policy "admins add categories" on public.categories
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change categories" on public.categories
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete categories" on public.categories
    for delete to authenticated
    using ((select private.is_admin()));

-- Attributes are seen where their category is: the query below meets the policies above.
create policy "visitors read attributes of categories on show" on public.category_attributes
    for select to anon
    using (exists (select from public.categories where categories.id = category_attributes.category_id));

create policy "everybody signed in reads attributes of the categories they see" on public.category_attributes
    for select to authenticated
    using (exists (select from public.categories where categories.id = category_attributes.category_id));

create policy "admins add attributes" on public.category_attributes
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change attributes" on public.category_attributes
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete attributes" on public.category_attributes
    for delete to authenticated
    using ((select private.is_admin()));

-- The same as private.products_on_show, which a policy on products can't read.
create policy "visitors read products on show" on public.products
    for select to anon
    using (
        is_active
        and deleted_at is null
        and (category_id is null or category_id <> all((select private.hidden_category_ids())::uuid[]))
        and (parent_id is null or not private.is_hidden_parent(parent_id, (select private.hidden_category_ids())))
    );

create policy "customers read products on show, admins all" on public.products
    for select to authenticated
    using (
        (select private.is_admin())
        or (
            is_active
            and deleted_at is null
            and (category_id is null or category_id <> all((select private.hidden_category_ids())::uuid[]))
            and (parent_id is null or not private.is_hidden_parent(parent_id, (select private.hidden_category_ids())))
        )
    );

create policy "admins add products" on public.products
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change products" on public.products
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "visitors read pictures of products on show" on public.product_images
    for select to anon
    using (exists (select from public.products where products.id = product_images.product_id));

create policy "everybody signed in reads pictures of the products they see" on public.product_images
    for select to authenticated
    using (exists (select from public.products where products.id = product_images.product_id));

create policy "admins add pictures" on public.product_images
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change pictures" on public.product_images
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete pictures" on public.product_images
    for delete to authenticated
    using ((select private.is_admin()));

create policy "admins read costs" on public.product_costs
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins add costs" on public.product_costs
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change costs" on public.product_costs
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete costs" on public.product_costs
    for delete to authenticated
    using ((select private.is_admin()));

create policy "customers read their wishlist" on public.wishlists
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "customers add products they see to their wishlist" on public.wishlists
    for insert to authenticated
    with check (
        user_id = (select auth.uid())
        and exists (select from public.products where products.id = wishlists.product_id)
    );

create policy "customers remove from their wishlist" on public.wishlists
    for delete to authenticated
    using (user_id = (select auth.uid()));

-- sql/catalogue/private/word_query.sql

-- What a normalised word of a search looks for: itself, words it begins, and its stems. `weights` limits it to some of
-- the weights of private.search_document; empty for all.
create function private.word_query(word text, weights text default '')
    returns tsquery
    immutable
    set search_path = ''
    language sql
    as $$
    select to_tsquery('pg_catalog.simple', quote_literal(word) || ':*' || weights)
        || to_tsquery('pg_catalog.french', quote_literal(word) || ':' || weights)
        || to_tsquery('pg_catalog.english', quote_literal(word) || ':' || weights)
        || to_tsquery('pg_catalog.arabic', quote_literal(word) || ':' || weights);
$$;

-- sql/catalogue/private/is_found.sql

-- Whether a query matches any product that is not hidden itself. Only the index can tell that there is none: the planner
-- would rather read the table until it meets one.
create function private.is_found(query tsquery)
    returns boolean
    stable
    set search_path = ''
    set enable_seqscan = off
    language plpgsql
    as $$
begin
    return exists (
        select
        from public.products
        where products.search @@ is_found.query and products.is_active and products.deleted_at is null
    );
end;
$$;

-- sql/catalogue/private/near_words.sql

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

-- sql/catalogue/private/search_query.sql

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

-- sql/catalogue/private/specification_filter.sql

-- A filter on specifications, {key: value or array of values}, as a condition on rows of products named `alias`. Values
-- are compared as text, number or boolean alike: a frontend's filter often comes out of a URL.
create function private.specification_filter(alias text, specifications jsonb)
    returns text
    immutable
    set search_path = ''
    language sql
    as $$
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
    from jsonb_each(specifications) as wanted;
$$;

-- sql/catalogue/private/search_faults.sql

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
    faults jsonb;
    known_keys text[];
begin
    faults := jsonb_strip_nulls(jsonb_build_object(
        'q', case when char_length(search_faults.q) > 200 then 'is too long (at most 200 characters)' end,
        'category_slug', case when char_length(search_faults.category_slug) > 100 then 'is too long (at most 100 characters)' end,
        'brand', case when char_length(search_faults.brand) > 100 then 'is too long (at most 100 characters)' end,
        'min_price', case
            when not (search_faults.min_price >= 0 and search_faults.min_price < 100000000) then 'must be 0 or more, and below 100000000'
        end,
        'max_price', case
            when not (search_faults.max_price >= 0 and search_faults.max_price < 100000000) then 'must be 0 or more, and below 100000000'
            when search_faults.max_price < search_faults.min_price then 'must not be below min_price'
        end
    ));

    if search_faults.specifications is null then
        return faults;
    end if;
    if jsonb_typeof(search_faults.specifications) <> 'object' then
        return faults || '{"specifications": "must be an object of key to value or to array of values"}';
    end if;
    if octet_length(search_faults.specifications::text) > 10000 then
        return faults || '{"specifications": "is too large (at most 10000 bytes)"}';
    end if;

    select array_agg(distinct attributes.key)
    into known_keys
    from public.categories
    cross join lateral private.category_branch(categories.id) as branch (id)
    cross join lateral private.category_schema(branch.id) as attributes
    where categories.slug = search_faults.category_slug;

    return faults || coalesce(
        (
            select jsonb_object_agg('specifications.' || checked.key, checked.reason)
            from (
                select
                    given.key,
                    case
                        when given.key <> all(known_keys)
                            then 'is not an attribute of this category; known are ' || array_to_string(known_keys, ', ')
                        when jsonb_typeof(given.value) = 'array' and (
                            given.value = '[]'
                            or exists (
                                select
                                from jsonb_array_elements(given.value) as element
                                where jsonb_typeof(element) not in ('string', 'number', 'boolean')
                            )
                        ) then 'must hold texts, numbers or booleans, at least one'
                        when jsonb_typeof(given.value) in ('object', 'null') then 'must be a text, a number, a boolean or an array of them'
                    end as reason
                from jsonb_each(search_faults.specifications) as given
            ) as checked
            where checked.reason is not null
        ),
        '{}'
    );
end;
$$;

-- sql/catalogue/private/search_source.sql

-- The hits of a search as the text of `from … where …`: products on show named `hit`, each with `found.rank` (0 without
-- q). Text, so that each combination of filters gets its own plan. Arguments have been checked; every value goes in as
-- a literal.
--
-- A hit is never a variant: what matches a variant finds its product. All filters on price, stock and specifications
-- must be met by one row, the product itself or one of its variants.
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
    -- private.products_on_show for products that are no variants, in terms of the indexes.
    source text := 'from public.products as hit';
    conditions text[] := '{hit.parent_id is null, hit.is_active, hit.deleted_at is null}'::text[];
    hidden_categories constant uuid[] := private.hidden_category_ids();
    row_conditions text[];
    matches text[] := '{}'::text[];
    -- `offset 0` asks for a look-up per hit: pages are short, and a hash of all stock is not.
    stocked constant text := $sql$
        exists (
            select from public.inventory
            where inventory.product_id = %1$I.id
                and (
                    inventory.stock > inventory.reserved_stock
                    or exists (
                        select from public.stock_reservations as lapsed
                        where lapsed.product_id = %1$I.id and lapsed.status = 'active' and lapsed.expires_at <= now()
                    )
                )
            offset 0
        )
        and not exists (
            select from public.products as variants
            where variants.parent_id = %1$I.id and variants.deleted_at is null
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
        source := source || format(
            $sql$
            inner join (
                select scored.id, max(scored.rank) as rank
                from (
                    select
                        coalesce(products.parent_id, products.id) as id,
                        case
                            when translate(lower(products.sku), '-_./ ', '') = %4$L then 3
                            when products.search @@ %3$L::tsquery then 2
                            when products.search @@ %5$L::tsquery then 1
                            else 0
                        end
                        + ts_rank('{0.05, 0.5, 0.9, 1}', products.search, %2$L::tsquery, 32) as rank
                    from public.products
                    where products.search @@ %1$L::tsquery and products.is_active and products.deleted_at is null
                    -- Ranked before they are grouped, so that grouping carries numbers and not documents.
                    offset 0
                ) as scored
                group by scored.id
            ) as found on found.id = hit.id
            $sql$,
            wanted,
            ranked,
            by_sku,
            replace(private.normalise(search_source.q), ' ', ''),
            by_brand
        );
    else
        source := source || ' cross join (select 0 as rank) as found';
        -- A search without a word, as "?!", finds nothing.
        if btrim(search_source.q) <> '' then
            conditions := conditions || 'false'::text;
        end if;
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
        conditions := conditions || format('private.normalise(hit.brand) = %L', private.normalise(search_source.brand));
    end if;

    foreach alias in array array['hit', 'variant', 'matched'] loop
        row_conditions := '{}'::text[];
        if search_source.min_price is not null then
            row_conditions := row_conditions || format('%I.price >= %L', alias, search_source.min_price);
        end if;
        if search_source.max_price is not null then
            row_conditions := row_conditions || format('%I.price <= %L', alias, search_source.max_price);
        end if;
        if search_source.specifications <> '{}' then
            row_conditions := row_conditions || private.specification_filter(alias, search_source.specifications);
        end if;
        if search_source.in_stock then
            row_conditions := row_conditions || format(stocked, alias);
        end if;
        matches := matches || array_to_string(row_conditions, ' and ');
    end loop;
    if search_source.specifications <> '{}' then
        -- Specifications have an index and leave few rows, so those are found first.
        conditions := conditions || format(
            $sql$hit.id in (
                select coalesce(matched.parent_id, matched.id)
                from public.products as matched
                where matched.is_active and matched.deleted_at is null and %s
            )$sql$,
            matches[3]
        );
    elsif matches[1] <> '' then
        conditions := conditions || format(
            $sql$(
                (%s)
                or exists (
                    select from public.products as variant
                    where variant.parent_id = hit.id and variant.is_active and variant.deleted_at is null and %s
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
                    select from public.products as variant
                    where variant.parent_id = hit.id and variant.is_active and variant.deleted_at is null and %s
                    offset 0
                )
            )$sql$,
            format(stocked, 'hit'),
            format(stocked, 'variant')
        );
    end if;
    return source || ' where ' || array_to_string(conditions, ' and ');
end;
$$;

-- sql/catalogue/private/search_products.sql

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
    language plpgsql
    as $$
#variable_conflict use_column
declare
    sort_order constant text := coalesce(
        search_products.sort,
        case when btrim(search_products.q) <> '' then 'relevance' else 'newest' end
    );
    size constant integer := coalesce(search_products.page_size, 20);
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
        || jsonb_strip_nulls(jsonb_build_object(
            'sort', case
                when sort_order not in ('relevance', 'newest', 'price_asc', 'price_desc', 'name')
                    then 'must be relevance, newest, price_asc, price_desc or name'
            end,
            'page', case when search_products.page not between 1 and 1000000 then 'must be 1 to 1000000' end,
            'page_size', case when search_products.page_size not between 1 and 100 then 'must be 1 to 100' end
        ))
    );

    return query execute
        'select hit.* '
        || private.search_source(
            search_products.q,
            search_products.category_slug,
            search_products.brand,
            search_products.min_price,
            search_products.max_price,
            search_products.in_stock,
            search_products.specifications
        )
        || ' order by '
        || case sort_order
            when 'relevance' then 'found.rank desc, hit.created_at desc, hit.id'
            when 'newest' then 'hit.created_at desc, hit.id'
            when 'price_asc' then 'hit.price, hit.id'
            when 'price_desc' then 'hit.price desc, hit.id desc'
            when 'name' then 'private.normalise(hit.name), hit.id'
        end
        || case
            when search_products.page is not null or search_products.page_size is not null
                then format(' limit %s offset %s', size, (coalesce(search_products.page, 1) - 1)::bigint * size)
            else ''
        end;
end;
$$;
grant execute on function private.search_products to anon, authenticated, service_role;

-- sql/catalogue/private/request_languages.sql

-- The store's languages that the request's Accept-Language prefers to the store's first one, best first. plpgsql here
-- and in private.localise: their plans are kept, and they run for every row of a list.
create function private.request_languages()
    returns text[]
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    header constant text := lower(left(private.request_header('accept-language'), 500));
    spoken jsonb;
    languages text[];
begin
    if coalesce(header, '') in ('', '*') then
        return '{}'::text[];
    end if;
    spoken := private.setting('store.languages');

    select array_agg(accepted.language order by accepted.quality desc, accepted.position)
    into languages
    from (
        select
            parts.match[1] as language,
            coalesce(parts.match[2]::numeric, 1) as quality,
            entry.position
        from unnest(string_to_array(header, ',')) with ordinality as entry (value, position)
        cross join lateral regexp_match(
            entry.value, '^\s*([a-z]{2,3})(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{1,3})?))?\s*$'
        ) as parts (match)
        where parts.match is not null
    ) as accepted
    where accepted.quality > 0 and spoken ? accepted.language;

    return coalesce(languages[:coalesce(array_position(languages, spoken ->> 0) - 1, cardinality(languages))], '{}');
end;
$$;
grant execute on function private.request_languages to anon, authenticated, service_role;

-- sql/catalogue/private/localise.sql

-- A text in the request's language: the best translation there is, else the text itself.
create function private.localise(translations jsonb, field text, original text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    language text;
begin
    if localise.translations is null or localise.translations = '{}' then
        return localise.original;
    end if;

    foreach language in array private.request_languages() loop
        if btrim(localise.translations -> language ->> localise.field) <> '' then
            return localise.translations -> language ->> localise.field;
        end if;
    end loop;
    return localise.original;
end;
$$;
grant execute on function private.localise to anon, authenticated, service_role;

-- sql/catalogue/private/filterable_attributes.sql

-- The keys by which products of each category can be filtered, with their types: the nearest definition of each counts.
create function private.filterable_attributes()
    returns table (category_id uuid, key text, type text)
    stable
    set search_path = ''
    language sql
    as $$
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
$$;

-- sql/catalogue/private/category_facet.sql

-- Categories of hits from {category id: hits in it}: how many each would leave, so with what stands below it.
create function private.category_facet(counts jsonb)
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
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
    inner join public.categories on categories.id = summed.id;
$$;

-- sql/catalogue/private/facets_of.sql

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
            select min(spelled.brand) as value, sum(spelled.hits) as hits
            from (
                select hits.brand, count(*) as hits
                from hits
                group by hits.brand
                -- Keeps the condition below from being asked of every hit.
                offset 0
            ) as spelled
            where btrim(spelled.brand) <> ''
            group by private.normalise(spelled.brand)
            order by 2 desc, 1
            limit 100
        ) as named
    )$sql$;
    price constant text := $sql$(
        select jsonb_build_object('min', min(priced.price), 'max', max(priced.price))
        from (
            select hits.price
            from hits

            union all

            select variants.price
            from variants
        ) as priced
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
            where variants.product_specifications <> variants.specifications
                and variants.product_specifications ->> filterable.key
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
            select hit.id, hit.category_id, hit.brand, hit.price, hit.specifications
            %s
        ),

        variants as materialized (
            select
                hits.id as product_id,
                hits.specifications as product_specifications,
                products.category_id,
                products.price,
                products.specifications
            from hits
            inner join public.products on products.parent_id = hits.id
            where products.parent_id is not null and products.is_active and products.deleted_at is null
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

-- sql/catalogue/private/product_facets.sql

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

-- sql/catalogue/private/related_products.sql

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
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'product_id', case when related_products.product_id is null then 'is required' end,
        'max_results', case when related_products.max_results not between 1 and 100 then 'must be 1 to 100' end
    )));

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
            from private.products_on_show as same
            where private.normalise(same.brand) = private.normalise(subject.brand) and same.parent_id is null
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

-- sql/catalogue/private/category_nodes.sql

-- The children of a category (null: the roots) as category_tree has them. `own_counts` are {category id: products}.
create function private.category_nodes(parent_id uuid, own_counts jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    nodes jsonb := '[]'::jsonb;
    category public.categories;
    children jsonb;
begin
    for category in
        select *
        from public.categories
        where categories.parent_id is not distinct from category_nodes.parent_id and categories.is_active
        order by categories.sort_order, categories.name, categories.id
    loop
        children := private.category_nodes(category.id, category_nodes.own_counts);
        nodes := nodes || jsonb_build_object(
            'id', category.id,
            'slug', category.slug,
            'name', private.localise(category.translations, 'name', category.name),
            'description', private.localise(category.translations, 'description', category.description),
            'image_url', category.image_url,
            'product_count', coalesce((category_nodes.own_counts ->> category.id::text)::bigint, 0) + (
                select coalesce(sum((child ->> 'product_count')::bigint), 0)
                from jsonb_array_elements(children) as child
            ),
            'children', children
        );
    end loop;
    return nodes;
end;
$$;

-- sql/catalogue/private/category_tree.sql

create function private.category_tree()
    returns jsonb
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select private.category_nodes(
        null,
        (
            select coalesce(jsonb_object_agg(counted.category_id, counted.products), '{}')
            from (
                select products.category_id, count(*) as products
                from public.products
                where products.parent_id is null
                    and products.is_active
                    and products.deleted_at is null
                    and products.category_id is not null
                group by products.category_id
            ) as counted
        )
    );
$$;
grant execute on function private.category_tree to anon, authenticated, service_role;

-- sql/catalogue/api/search_products.sql

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
    language sql
    as $$
    select *
    from private.search_products(
        q, category_slug, brand, min_price, max_price, in_stock, specifications, sort, page, page_size
    );
$$;
comment on function public.search_products is
    'Products on show that match, as rows of products: select, embedding and count work on them. Never variants: a match in
a variant (its SKU, price, stock, specifications) finds its product.
q: words in any case, with or without accents, whole or begun, French, Arabic or English; words found nowhere are
taken for mistyped ones. SKU, then brand, come first.
category_slug: with all categories below. brand: in any case, with or without accents. min_price, max_price: in the
store''s currency, inclusive. in_stock: true for products with units on sale, false for sold-out ones. specifications:
{key: value} or {key: [any, of, these]}.
sort: relevance (default with q), newest (default without), price_asc, price_desc, name.
page (from 1) and page_size (default 20, at most 100) return one page. Without both, all matches come in order, for
limit, offset, order, filters and count of the request; at most max_rows. count=exact and count=estimated are the number
of all matches; count=planned is not, because the planner does not look into functions.
Errors: invalid_input, also for specifications the category does not know.';
grant execute on function public.search_products to anon, authenticated, service_role;

-- sql/catalogue/api/product_facets.sql

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
    language sql
    as $$
    select private.product_facets(q, category_slug, brand, min_price, max_price, in_stock, specifications);
$$;
comment on function public.product_facets is
    'What the matches of search_products with these arguments can be narrowed down by: {total, categories: [{id, slug,
name, count}], brands: [{value, count}], price: {min, max}, specifications: {key: [{value, count}]}}.
total counts matches of all filters. A facet leaves its own filter aside, so brands other than the chosen one keep
their counts; categories do not: they are those of the matches, each with what stands below it. Specifications are the
filterable attributes. Brands, and values of a key, are the 100 most frequent.
Errors: invalid_input.';
grant execute on function public.product_facets to anon, authenticated, service_role;

-- sql/catalogue/api/related_products.sql

create function public.related_products(product_id uuid, max_results integer default 8)
    returns setof public.products
    stable
    rows 8
    set search_path = ''
    language sql
    as $$
    select *
    from private.related_products(product_id, max_results);
$$;
comment on function public.related_products is
    'Products on show like this one, as rows of products: same category, brand and specifications, near in price. A variant has its product''s. max_results: 1 to 100. Nothing for a product that is not on show. Errors: invalid_input.';
grant execute on function public.related_products to anon, authenticated, service_role;

-- sql/catalogue/api/category_tree.sql

create function public.category_tree()
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    select private.category_tree();
$$;
comment on function public.category_tree is
    'The categories on show: [{id, slug, name, description, image_url, product_count, children: […]}], in sort_order. product_count: products on show in the category and below, variants not counted. Names and descriptions in the language of Accept-Language where translated.';
grant execute on function public.category_tree to anon, authenticated, service_role;

-- sql/catalogue/api/localised_products.sql

-- Computed fields of `products`: its texts in the language the request asks for.

create function public.localised_name(product public.products)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select private.localise(product.translations, 'name', product.name);
$$;
comment on function public.localised_name(public.products) is
    'Computed field of products (select=*,localised_name): name in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_name(public.products) to anon, authenticated, service_role;

create function public.localised_short_description(product public.products)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select private.localise(product.translations, 'short_description', product.short_description);
$$;
comment on function public.localised_short_description(public.products) is
    'Computed field of products (select=*,localised_short_description): short_description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_short_description(public.products) to anon, authenticated, service_role;

create function public.localised_description(product public.products)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select private.localise(product.translations, 'description', product.description);
$$;
comment on function public.localised_description(public.products) is
    'Computed field of products (select=*,localised_description): description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_description(public.products) to anon, authenticated, service_role;

create function public.localised_meta_title(product public.products)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select private.localise(product.translations, 'meta_title', product.meta_title);
$$;
comment on function public.localised_meta_title(public.products) is
    'Computed field of products (select=*,localised_meta_title): meta_title in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_meta_title(public.products) to anon, authenticated, service_role;

create function public.localised_meta_description(product public.products)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select private.localise(product.translations, 'meta_description', product.meta_description);
$$;
comment on function public.localised_meta_description(public.products) is
    'Computed field of products (select=*,localised_meta_description): meta_description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_meta_description(public.products) to anon, authenticated, service_role;

-- sql/catalogue/api/localised_categories.sql

-- Computed fields of `categories`: its texts in the language the request asks for.

create function public.localised_name(category public.categories)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select private.localise(category.translations, 'name', category.name);
$$;
comment on function public.localised_name(public.categories) is
    'Computed field of categories (select=*,localised_name): name in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_name(public.categories) to anon, authenticated, service_role;

create function public.localised_description(category public.categories)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select private.localise(category.translations, 'description', category.description);
$$;
comment on function public.localised_description(public.categories) is
    'Computed field of categories (select=*,localised_description): description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_description(public.categories) to anon, authenticated, service_role;
