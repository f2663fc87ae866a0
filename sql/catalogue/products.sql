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
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    search tsvector generated always as (
        private.product_search(sku, brand, name, short_description, description, translations)
    ) stored,
    constraint products_sku_unique unique (sku),
    constraint products_slug_unique unique (slug),
    constraint products_sku_form check (sku ~ '^[A-Za-z0-9][A-Za-z0-9._/-]{0,49}$'),
    constraint products_slug_form check (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$' and char_length(slug) <= 255),
    constraint products_name_text check (char_length(name) between 1 and 255 and private.is_plain_text(name)),
    constraint products_short_description_text check (
        char_length(short_description) <= 500 and private.is_plain_text(short_description, multiline => true)
    ),
    constraint products_description_text check (
        char_length(description) <= 20000 and private.is_plain_text(description, multiline => true)
    ),
    constraint products_brand_text check (char_length(brand) <= 100 and private.is_plain_text(brand)),
    constraint products_meta_title_text check (char_length(meta_title) <= 255 and private.is_plain_text(meta_title)),
    constraint products_meta_description_text check (
        char_length(meta_description) <= 1000 and private.is_plain_text(meta_description, multiline => true)
    ),
    constraint products_price_positive check (price > 0),
    constraint products_compare_at_price_not_below_price check (compare_at_price >= price),
    constraint products_currency_form check (currency ~ '^[A-Z]{3}$'),
    constraint products_tax_rate_range check (tax_rate between 0 and 100),
    constraint products_weight_not_negative check (weight >= 0),
    constraint products_options_of_variants_only check ((parent_id is null) = (options is null)),
    constraint products_specifications_object check (jsonb_typeof(specifications) = 'object'),
    constraint products_translations_object check (jsonb_typeof(translations) = 'object'),
    constraint products_not_own_parent check (parent_id <> id),
    constraint products_options_unique unique (parent_id, options)
);
create index products_category_id_idx on public.products (category_id, created_at desc);
create index products_created_at_idx on public.products (created_at desc, id)
where is_active and deleted_at is null and parent_id is null;
create index products_price_idx on public.products (price, id)
where is_active and deleted_at is null and parent_id is null;
create index products_name_idx on public.products (name, id)
where is_active and deleted_at is null and parent_id is null;
create index products_featured_idx on public.products (created_at desc)
where is_featured and is_active and deleted_at is null;
create index products_brand_idx on public.products (lower(brand))
where is_active and deleted_at is null;
create index products_search_idx on public.products using gin (search);
create index products_fuzzy_idx on public.products using gin (
    private.fuzzy_text(sku, brand, name, translations) extensions.gin_trgm_ops
);
create index products_specifications_idx on public.products using gin (specifications jsonb_path_ops);

comment on table public.products is
    'What the shop sells. A row with parent_id is a variant of that product; a product that has variants is bought as one of them. Stock is in the computed fields available_stock and in_stock, other languages in localized.';
comment on column public.products.parent_id is 'The product this is a variant of; a variant has no variants.';
comment on column public.products.sku is 'Stock keeping unit, unique.';
comment on column public.products.slug is 'For addresses: lower-case letters, digits and hyphens; unique.';
comment on column public.products.description is 'Markdown, without raw HTML.';
comment on column public.products.price is 'Of one unit, in currency, tax included.';
comment on column public.products.compare_at_price is 'The former price to strike through; not below price.';
comment on column public.products.currency is 'ISO 4217; always the store''s.';
comment on column public.products.tax_rate is 'Tax contained in price, per cent.';
comment on column public.products.options is
    'What sets a variant apart: {"size": "M", "colour": "red"}. Siblings have the same keys and differ in values.';
comment on column public.products.specifications is
    'Key to value, as the category''s attributes say (table category_attributes, inherited from the categories above).';
comment on column public.products.weight is 'Kilograms.';
comment on column public.products.translations is
    'Other languages: {"ar": {"name", "short_description", "description", "meta_title", "meta_description"}}.';
comment on column public.products.deleted_at is 'When it was deleted; the row stays for the orders that have it.';
comment on column public.products.search is 'For rpc/search_products.';
