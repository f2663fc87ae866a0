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
