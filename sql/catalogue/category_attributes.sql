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
    constraint category_attributes_category_key_unique unique (category_id, key)
);

comment on table public.category_attributes is
    'What products of a category, and of all below it, say in products.specifications. The nearest definition of a key counts. A change holds for products when their specifications or category are next written; until then they stay as they are.';
comment on column public.category_attributes.key is 'Key in products.specifications: lower-case letters, digits and underscores.';
comment on column public.category_attributes.type is 'JSON type of the value: text, number, boolean, or enum (one of allowed_values).';
comment on column public.category_attributes.required is 'Whether a product without it is refused.';
comment on column public.category_attributes.filterable is 'Whether product_facets offers it.';
