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
    constraint category_attributes_enum_has_values check (type <> 'enum' or cardinality(allowed_values) > 0)
);

comment on table public.category_attributes is
    'The schema of products.specifications in a category and all below it; a nearer attribute of the same key wins. Enforced when a product is written: a new attribute asks nothing of products until their next change.';
comment on column public.category_attributes.type is 'text | number | boolean | enum.';
comment on column public.category_attributes.allowed_values is 'For an enum: the values it may have.';
comment on column public.category_attributes.filterable is 'Whether product_facets offers it.';
