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
