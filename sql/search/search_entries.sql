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
