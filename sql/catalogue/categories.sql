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
        char_length(description) <= 5000 and private.is_plain_text(description, multiline => true)
    ),
    constraint categories_image_url_form check (image_url ~ '^https?://\S+$' and char_length(image_url) <= 2000),
    constraint categories_not_own_parent check (parent_id <> id)
);
create index categories_parent_id_idx on public.categories (parent_id);

comment on table public.categories is 'The category tree. An inactive category hides everything below it, products included.';
comment on column public.categories.slug is 'For addresses: lower-case letters, digits and hyphens; unique.';
comment on column public.categories.translations is
    'Other languages: {"ar": {"name", "description"}}. The computed field localized has them with fall-back.';
