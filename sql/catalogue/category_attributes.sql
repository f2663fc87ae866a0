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
