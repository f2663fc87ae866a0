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
    -- Without a scale, which would round before anybody could object. Kept with two decimals, a weight with three.
    price numeric not null,
    compare_at_price numeric,
    currency text not null default private.setting_text('store.currency'),
    tax_rate numeric not null default 20.00,
    options jsonb,
    specifications jsonb not null default '{}',
    meta_title text,
    meta_description text,
    weight numeric,
    is_featured boolean not null default false,
    is_active boolean not null default true,
    is_parent_on_show boolean not null default true,
    translations jsonb not null default '{}',
    deleted_at timestamptz,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint products_sku_unique unique (sku),
    constraint products_slug_unique unique (slug),
    constraint products_price_range check (price > 0 and price < 100000000),
    constraint products_compare_at_price_range check (compare_at_price > price and compare_at_price < 100000000),
    constraint products_tax_rate_range check (tax_rate between 0 and 100)
);

-- abc-1 is ABC-1. Beside products_sku_unique, which upserts name by its column.
create unique index products_sku_lower_unique on public.products (lower(sku));
create index products_parent_id_idx on public.products (parent_id);
create index products_category_id_idx on public.products (category_id);
create unique index products_options_unique on public.products (parent_id, options) where deleted_at is null;

-- Lists of the storefront: a category's products, the newest, the cheapest, the featured.
create index products_category_created_at_idx on public.products (category_id, created_at desc, id)
    where parent_id is null and is_active and deleted_at is null;
create index products_created_at_idx on public.products (created_at desc, id);
create index products_price_idx on public.products (price, id);
-- Not partial: a client's is.true and eq.true both find a boolean column, but not both a predicate.
create index products_featured_idx on public.products (is_featured, created_at desc, id);

comment on table public.products is
    'What the shop sells. A product with variants (products with its parent_id) is sold as one of them. Visitors see a product when it is active, not deleted, and its category and parent are on show. Soft delete: deleted_at. Stock: computed fields available_stock, in_stock.';
comment on column public.products.parent_id is
    'A variant''s product; one level deep. Read them in one request: select=*,variants:products!parent_id(*).';
comment on column public.products.category_id is 'A variant without one gets its product''s, and follows it.';
comment on column public.products.sku is 'Letters, digits, dot, slash, hyphen and underscore; unique whatever their case, deleted products included.';
comment on column public.products.name is
    'Plain text. A variant without name, brand, descriptions, weight, translations or specifications gets its product''s, and follows them.';
comment on column public.products.slug is 'Name in URLs: lower-case letters, digits and single hyphens.';
comment on column public.products.short_description is 'Plain text.';
comment on column public.products.description is 'Markdown without HTML.';
comment on column public.products.price is 'In the store''s currency and at most as many decimals as it has, tax included.';
comment on column public.products.is_parent_on_show is
    'Whether visitors see a variant''s product; true without one. Kept by the database: what a client writes to it is not taken.';
comment on column public.products.compare_at_price is 'The price before a reduction, above price; null when there is none.';
comment on column public.products.currency is 'Always the store''s one currency; may be left out.';
comment on column public.products.tax_rate is 'Per cent of tax contained in price, at most two decimals.';
comment on column public.products.options is
    'What sets a variant apart, as {"size": "M"}: the same keys for all variants of a product, each combination once. Null for other products.';
comment on column public.products.specifications is
    '{key: value}, as category_attributes of the category and those above it say; free where they say nothing.';
comment on column public.products.weight is 'Kilograms, at most three decimals.';
comment on column public.products.translations is
    '{language: {name, short_description, description, meta_title, meta_description}}, for languages other than the store''s first one. Read them as localised_name and so on.';
comment on column public.products.deleted_at is 'When it was withdrawn for good; orders keep naming it.';
