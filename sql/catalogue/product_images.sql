create table public.product_images (
    id uuid primary key default gen_random_uuid(),
    product_id uuid not null references public.products on delete cascade,
    storage_path text,
    url text not null,
    alt text,
    sort_order bigint not null default 0,
    is_primary boolean not null default false,
    is_on_show boolean not null default true,
    width bigint,
    height bigint,
    variants jsonb not null default '[]',
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now()
);
create index product_images_product_id_idx on public.product_images (product_id, sort_order);
-- is_primary is a column of it so that no API server takes product_id alone for unique, and images for one image.
create unique index product_images_primary_unique on public.product_images (product_id, is_primary) where is_primary;
-- Which picture an object in Storage belongs to.
create index product_images_paths_idx on public.product_images using gin (private.image_paths(storage_path, variants));

comment on table public.product_images is
    'Pictures of products, in sort_order. One per product is primary: the first, until another is made so, which unmakes it. When it goes, the next one is.';
comment on column public.product_images.storage_path is 'Name of the object in Storage; null for a picture kept elsewhere.';
comment on column public.product_images.alt is 'What the picture shows, for those who do not see it.';
comment on column public.product_images.is_on_show is
    'Whether visitors see the product, and so the picture. Kept by the database: what a client writes to it is not taken.';
comment on column public.product_images.width is 'Pixels.';
comment on column public.product_images.height is 'Pixels.';
comment on column public.product_images.variants is
    'The same picture in smaller sizes, at most 5: [{width, height, url, storage_path}]; pixels, and storage_path as above.';
