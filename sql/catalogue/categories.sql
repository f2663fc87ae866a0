create table public.categories (
    id uuid primary key default gen_random_uuid(),
    parent_id uuid references public.categories on delete restrict,
    name text not null,
    slug text not null,
    description text,
    image_url text,
    sort_order bigint not null default 0,
    is_active boolean not null default true,
    translations jsonb not null default '{}',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint categories_slug_unique unique (slug)
);
create index categories_parent_id_idx on public.categories (parent_id);

comment on table public.categories is
    'The category tree, at most 8 levels deep. Visitors see a category when it and all above it are active; rpc/category_tree has it as one document, with product counts.';
comment on column public.categories.slug is 'Name in URLs: lower-case letters, digits and single hyphens.';
comment on column public.categories.is_active is 'false hides the category, all below it and their products.';
comment on column public.categories.translations is
    '{language: {name, description}}, for languages other than the store''s first one. Read them as localised_name, localised_description.';
