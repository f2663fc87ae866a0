-- Composed from sql/catalogue by `cargo xtask migrations`. Change it there, not here.
-- Until 1.0 the migrations may be rebuilt instead of added to.

-- sql/catalogue/private/number_fault.sql

-- What is wrong with a number that is no amount of money (see private.amount_fault); null when nothing is.
create function private.number_fault(
    value numeric,
    minimum numeric,
    maximum numeric,
    decimals integer default 0,
    required boolean default false
)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null then case when required then '["required"]'::jsonb end
        when value = 'NaN' then '["not_number"]'
        when value < minimum then jsonb_build_array('below', minimum)
        when value > maximum then jsonb_build_array('above', maximum)
        when value <> round(value, decimals)
            then case decimals when 0 then '["not_integer"]'::jsonb else jsonb_build_array('decimals', decimals) end
    end;
end;
$$;

-- sql/catalogue/private/with_scale.sql

-- A number with this many decimals, as it is kept and shown; one that has more stays as it is, for a check to refuse it.
create function private.with_scale(value numeric, decimals integer)
    returns numeric
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case when value = round(value, decimals) then round(value, decimals) else value end;
end;
$$;

-- sql/catalogue/private/slug_fault.sql

-- What is wrong with a name in URLs; null when nothing is.
create function private.slug_fault(value text, max_length integer)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null or value = '' then '["required"]'::jsonb
        when char_length(value) > max_length then jsonb_build_array('too_long', max_length)
        when value !~ '^[a-z0-9]+(-[a-z0-9]+)*$'
            then '["pattern", "green-tea", {"reason": "must be lower-case letters, digits and single hyphens"}]'
    end;
end;
$$;

-- sql/catalogue/private/sku_fault.sql

-- What is wrong with an SKU; null when nothing is.
create function private.sku_fault(value text)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value is null or value = '' then '["required"]'::jsonb
        when char_length(value) > 50 then '["too_long", 50]'
        when value !~ '^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$'
            then '["pattern", "TEA-100", {"reason": "must be letters and digits, with . _ / - between them"}]'
    end;
end;
$$;

-- sql/catalogue/private/image_url_fault.sql

-- What is wrong with an image's address; null when nothing is. Only what a browser may load, or a path of the shop itself.
create function private.image_url_fault(value text, required boolean default false)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        private.text_fault(value, 2000, required),
        case
            when value !~ '^(https?://[^\s/"<>\\]+|/)[^\s"<>\\]*$'
                then '["not_url", {"reason": "must be an http(s) address or a path that begins with /"}]'::jsonb
        end
    );
end;
$$;

-- sql/catalogue/private/storage_path_fault.sql

-- What is wrong with the name of an object in Storage; null when nothing is.
create function private.storage_path_fault(value text)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when value !~ '^[^\s/\\][^\\]*$' or value ~ '(^|/)\.\.?(/|$)'
            then '["pattern", "folder/picture.webp", {"reason": "is not the name of an object in Storage"}]'::jsonb
        else private.text_fault(value, 1000)
    end;
end;
$$;
grant execute on function private.storage_path_fault to anon, authenticated, service_role;

-- sql/catalogue/private/image_variant_faults.sql

-- What is wrong with a picture's smaller sizes: {"variants.0.width": fault}.
create function private.image_variant_faults(variants jsonb)
    returns jsonb
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    if image_variant_faults.variants = '[]' then
        return '{}'::jsonb;
    end if;
    if jsonb_typeof(image_variant_faults.variants) is distinct from 'array' then
        return '{"variants": ["not_array", {"reason": "must be an array of {width, height, url, storage_path}"}]}'::jsonb;
    end if;
    if jsonb_array_length(image_variant_faults.variants) > 5 then
        return '{"variants": ["too_many", 5]}'::jsonb;
    end if;

    return (
        select coalesce(jsonb_object_agg(concat_ws('.', 'variants', size.position - 1, found.field), found.fault), '{}')
        from jsonb_array_elements(image_variant_faults.variants) with ordinality as size (value, position)
        cross join lateral (
            select
                null as field,
                '["not_object", {"reason": "must be {width, height, url, storage_path}"}]'::jsonb as fault
            where jsonb_typeof(size.value) <> 'object'

            union all

            select unknown.key, '["unknown_key"]'
            from jsonb_object_keys(case when jsonb_typeof(size.value) = 'object' then size.value else '{}' end) as unknown (key)
            where unknown.key not in ('width', 'height', 'url', 'storage_path')

            union all

            select
                text.field,
                case
                    when jsonb_typeof(size.value -> text.field) not in ('string', 'null')
                        then '["pattern", "text", {"reason": "must be a text"}]'
                    when text.field = 'url' then private.image_url_fault(size.value ->> 'url', required => true)
                    else private.storage_path_fault(size.value ->> 'storage_path')
                end
            from (values ('url'), ('storage_path')) as text (field)
            where jsonb_typeof(size.value) = 'object'

            union all

            select
                side.field,
                case
                    when jsonb_typeof(size.value -> side.field) not in ('number', 'null') then '["not_number"]'
                    else private.number_fault((size.value ->> side.field)::numeric, 1, 100000, required => true)
                end
            from (values ('width'), ('height')) as side (field)
            where jsonb_typeof(size.value) = 'object'
        ) as found
        where found.fault is not null
    );
end;
$$;

-- sql/catalogue/private/image_paths.sql

-- The names of all objects in Storage that a picture consists of. An index is made of it.
create function private.image_paths(storage_path text, variants jsonb)
    returns text[]
    immutable
    parallel safe
    set search_path = ''
    language plpgsql
    as $$
begin
    return array_remove(
        array[storage_path] || array(select size ->> 'storage_path' from jsonb_array_elements(variants) as size),
        null
    );
end;
$$;
grant execute on function private.image_paths to anon, authenticated, service_role;

-- sql/catalogue/categories.sql

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

-- sql/catalogue/category_attributes.sql

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

-- sql/catalogue/products.sql

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

-- sql/catalogue/product_images.sql

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

-- sql/catalogue/product_costs.sql

-- Apart from `products`, which everybody reads.
create table public.product_costs (
    product_id uuid primary key references public.products on delete cascade,
    cost_price numeric not null,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    constraint product_costs_cost_price_range check (cost_price >= 0 and cost_price < 100000000)
);

comment on table public.product_costs is 'What the shop pays for products. Admins only.';
comment on column public.product_costs.cost_price is 'In the store''s currency and at most as many decimals as it has.';

-- sql/catalogue/price_history.sql

create table public.price_history (
    id bigint generated always as identity primary key,
    product_id uuid not null references public.products on delete cascade,
    price numeric not null,
    compare_at_price numeric,
    changed_at timestamptz not null default now(),
    changed_by uuid
);
create index price_history_product_id_idx on public.price_history (product_id, changed_at);

comment on table public.price_history is
    'Each price of each product, from the one it was made with. Written by a trigger. Admins only; computed field lowest_price_30d of products is for everybody.';
comment on column public.price_history.price is 'From changed_at on, until the next row.';
comment on column public.price_history.changed_by is
    'The admin; null for the service. No foreign key, because the history outlives the account.';

-- sql/catalogue/wishlists.sql

create table public.wishlists (
    id uuid primary key default gen_random_uuid(),
    user_id uuid not null default auth.uid() references auth.users on delete cascade,
    product_id uuid not null references public.products on delete cascade,
    created_at timestamptz not null default now(),
    constraint wishlists_user_product_unique unique (user_id, product_id)
);
create index wishlists_product_id_idx on public.wishlists (product_id);

comment on table public.wishlists is
    'Products customers keep for later, seen by their owner only. A product that is withdrawn stays in the list, but embeds as null.';

-- sql/catalogue/private/hidden_categories.sql

-- Categories that are inactive or stand below one that is.
create recursive view private.hidden_categories (id) as
select categories.id
from public.categories
where not categories.is_active
union
select categories.id
from public.categories
inner join hidden_categories on categories.parent_id = hidden_categories.id;

-- sql/catalogue/private/hidden_category_list.sql

-- private.hidden_categories as an array, in a table of one row that a trigger keeps: every page of the catalogue asks for
-- it several times, and it hardly ever changes. Conditions on many rows look it up once, as
-- (select hidden_category_list.ids from private.hidden_category_list); a function would take four times as long.
create table private.hidden_category_list (
    is_only_row boolean primary key default true,
    ids uuid[] not null default '{}',
    constraint hidden_category_list_one_row check (is_only_row)
);
comment on table private.hidden_category_list is 'Categories that are inactive or stand below one that is.';

insert into private.hidden_category_list default values;

grant select on private.hidden_category_list to anon, authenticated, service_role;

-- sql/catalogue/private/hidden_category_ids.sql

-- Categories that visitors don't see, for functions that look at them in a statement of their own.
create function private.hidden_category_ids()
    returns uuid[]
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return (select hidden_category_list.ids from private.hidden_category_list);
end;
$$;
grant execute on function private.hidden_category_ids to anon, authenticated, service_role;

-- sql/catalogue/private/hidden_products.sql

-- Products that visitors don't see, whichever the reason: withdrawn, inactive, in a hidden category, or variants of such. A table
-- that triggers keep; what pages read of it is in the rows of variants and pictures, because a look-up for each is a tenth of a
-- page's time.
create table private.hidden_products (
    product_id uuid primary key references public.products on delete cascade
);
comment on table private.hidden_products is 'Products that are not on show.';

-- Looks at these products again, and at their variants; the variants and pictures of those that come or go follow.
create function private.refresh_hidden_products(product_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    changed_ids uuid[];
begin
    with judged as (
        select
            products.id,
            not products.is_active
            or products.deleted_at is not null
            or coalesce(products.category_id = any(hidden.ids), false)
            or coalesce(
                not parents.is_active or parents.deleted_at is not null or parents.category_id = any(hidden.ids),
                false
            ) as is_hidden
        from public.products
        left join public.products as parents on parents.id = products.parent_id
        cross join private.hidden_category_list as hidden
        where products.id = any(refresh_hidden_products.product_ids)
            or products.parent_id = any(refresh_hidden_products.product_ids)
    ),

    shown as (
        delete from private.hidden_products
        using judged
        where hidden_products.product_id = judged.id and not judged.is_hidden
        returning hidden_products.product_id
    ),

    hidden as (
        insert into private.hidden_products (product_id)
        select judged.id
        from judged
        where judged.is_hidden
        on conflict (product_id) do nothing
        returning hidden_products.product_id
    )

    select array_agg(changed.product_id)
    into changed_ids
    from (
        select shown.product_id
        from shown
        union all
        select hidden.product_id
        from hidden
    ) as changed;

    update public.products
    set is_parent_on_show = not exists (
        select
        from private.hidden_products as hidden
        where hidden.product_id = products.parent_id
    )
    where products.parent_id = any(changed_ids);
    update public.product_images
    set is_on_show = not product_images.is_on_show
    where product_images.product_id = any(changed_ids);
end;
$$;

-- sql/catalogue/private/products_on_show.sql

-- Products that visitors see, for functions that run with more rights than their caller. The policies on products say
-- the same.
create view private.products_on_show as
select products.*
from public.products
where products.is_active
    and products.deleted_at is null
    and (
        products.category_id is null
        or products.category_id <> all((select hidden_category_list.ids from private.hidden_category_list)::uuid[])
    )
    and products.is_parent_on_show;

-- sql/catalogue/private/may_see_product.sql

-- Whether the caller sees a product, for functions that run with more rights and take any row a caller makes up.
create function private.may_see_product(product_id uuid)
    returns boolean
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select
        from private.products_on_show as shown
        where shown.id = may_see_product.product_id
    ) or private.is_service() or private.is_admin();
end;
$$;

-- sql/catalogue/private/sellable_products.sql

-- Products that can be bought themselves: on show, and not sold as one of their variants. A view, so that a whole cart is
-- looked up in one query.
create view private.sellable_products as
select shown.*
from private.products_on_show as shown
where not exists (
    select from public.products as variants
    where variants.parent_id = shown.id and variants.deleted_at is null
);

-- sql/catalogue/private/is_sellable.sql

-- Whether this very product can be bought.
create function private.is_sellable(product public.products)
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select from private.sellable_products as sold
        where sold.id = product.id
    );
end;
$$;

-- sql/catalogue/private/category_branch.sql

-- A category and all below it.
create function private.category_branch(category_id uuid)
    returns setof uuid
    stable
    rows 10
    set search_path = ''
    language plpgsql
    as $$
begin
    return query
    with recursive branch as (
        select categories.id
        from public.categories
        where categories.id = category_branch.category_id

        union

        select categories.id
        from public.categories
        inner join branch on categories.parent_id = branch.id
    )

    select branch.id
    from branch;
end;
$$;

-- sql/catalogue/private/category_schema.sql

-- The attributes of a category's products: its own and inherited ones, the nearest definition of a key.
create function private.category_schema(category_id uuid)
    returns setof public.category_attributes
    stable
    rows 20
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
begin
    return query
    with recursive ancestors as (
        select categories.id, categories.parent_id, 0 as distance
        from public.categories
        where categories.id = category_schema.category_id

        union all

        select categories.id, categories.parent_id, ancestors.distance + 1
        from public.categories
        inner join ancestors on categories.id = ancestors.parent_id
    )

    select distinct on (category_attributes.key) category_attributes.*
    from ancestors
    inner join public.category_attributes on category_attributes.category_id = ancestors.id
    order by category_attributes.key, ancestors.distance;
end;
$$;

-- sql/catalogue/private/translation_faults.sql

-- What is wrong with a column `translations`: {"translations.en.name": fault}. `limits` are the texts there may be and
-- their longest length; names and titles are of one line, and descriptions may be Markdown.
create function private.translation_faults(translations jsonb, limits jsonb, markdown boolean default false)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(translation_faults.translations) is distinct from 'object' then
        return '{"translations": ["not_object"]}'::jsonb;
    end if;
    if translation_faults.translations = '{}' then
        return '{}'::jsonb;
    end if;

    return (
        select coalesce(jsonb_object_agg(found.field, found.fault), '{}')
        from (
            select
                'translations.' || language.key as field,
                case
                    when language.key !~ '^[a-z]{2,3}$'
                        then '["pattern", "ar", {"reason": "is not a language code of two or three letters"}]'::jsonb
                    when jsonb_typeof(language.value) <> 'object' then '["not_object"]'
                end as fault
            from jsonb_each(translation_faults.translations) as language

            union all

            select
                'translations.' || language.key || '.' || text.key,
                case
                    when not limits ? text.key then '["unknown_key"]'::jsonb
                    when jsonb_typeof(text.value) <> 'string' then '["pattern", "text", {"reason": "must be a text"}]'
                    when translation_faults.markdown and text.key = 'description'
                        then private.markdown_fault(text.value #>> '{}', (limits ->> text.key)::integer)
                    else private.text_fault(
                        text.value #>> '{}',
                        (limits ->> text.key)::integer,
                        multiline => text.key in ('description', 'short_description')
                    )
                end
            from jsonb_each(translation_faults.translations) as language
            cross join lateral jsonb_each(
                case when jsonb_typeof(language.value) = 'object' then language.value else '{}' end
            ) as text
        ) as found
        where found.fault is not null
    );
end;
$$;

-- sql/catalogue/private/specification_faults.sql

-- What is wrong with a product's specifications in this category: {"specifications.<key>": fault}.
create function private.specification_faults(category_id uuid, specifications jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    faults jsonb;
begin
    if jsonb_typeof(specification_faults.specifications) is distinct from 'object' then
        return '{"specifications": ["not_object"]}'::jsonb;
    end if;
    if octet_length(specification_faults.specifications::text) > 20000 then
        return '{"specifications": ["too_long", 20000, {"reason": "is too large (at most 20000 bytes)"}]}'::jsonb;
    end if;

    with known as (
        select *
        from private.category_schema(specification_faults.category_id)
    ),

    checked as (
        select
            coalesce(known.key, given.key) as key,
            case
                when given.key is null then case when known.required then '["required"]'::jsonb end
                when known.key is null and exists (select from known)
                    then '["unknown_key", {"reason": "is not an attribute of this category"}]'
                when private.text_fault(given.key, 50, required => true) is not null then private.fault_with_reason(
                    private.text_fault(given.key, 50, required => true), 'must have a key of 1 to 50 plain characters'
                )
                when jsonb_typeof(given.value) = 'string' and known.type in ('text', 'enum') is not false then coalesce(
                    private.text_fault(given.value #>> '{}', 500, required => known.required is true),
                    case
                        when known.type = 'enum' and given.value #>> '{}' <> all(known.allowed_values)
                            then '["one_of"]'::jsonb || to_jsonb(known.allowed_values)
                    end
                )
                when known.type = 'enum' then '["one_of"]'::jsonb || to_jsonb(known.allowed_values)
                when known.type = 'text' then '["pattern", "text", {"reason": "must be a text"}]'
                when known.type = 'number' and jsonb_typeof(given.value) <> 'number' then '["not_number"]'
                when known.type = 'boolean' and jsonb_typeof(given.value) <> 'boolean' then '["not_boolean"]'
                when jsonb_typeof(given.value) in ('object', 'array')
                    then '["pattern", "text", {"reason": "must be a text, a number, true or false"}]'
            end as fault
        from known
        full outer join jsonb_each(jsonb_strip_nulls(specification_faults.specifications)) as given on given.key = known.key
    )

    select jsonb_object_agg('specifications.' || checked.key, checked.fault)
    into faults
    from checked
    where checked.fault is not null;

    return coalesce(faults, '{}');
end;
$$;

-- sql/catalogue/private/option_faults.sql

-- What is wrong with the options of a variant, or of a product that is none. Variants of a product
-- change one at a time: private.lock_catalogue.
create function private.option_faults(product public.products)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    parent public.products;
    faults jsonb := '{}'::jsonb;
    sibling_keys text[];
    own_keys text[];
begin
    if product.parent_id is null then
        if product.options is not null then
            return '{"options": ["unavailable", {"reason": "only variants have options: give parent_id too, or leave options out"}]}'::jsonb;
        end if;
        return faults;
    end if;

    select *
    into parent
    from public.products
    where products.id = product.parent_id;

    if parent.id is null then
        faults := faults || '{"parent_id": ["unknown", {"reason": "is not a product"}]}';
    elsif parent.id = product.id then
        faults := faults || '{"parent_id": ["unavailable", {"reason": "is the product itself"}]}';
    elsif parent.parent_id is not null then
        faults := faults || '{"parent_id": ["unavailable", {"reason": "is a variant itself: variants are one level deep"}]}';
    elsif exists (select from public.products where products.parent_id = product.id) then
        faults := faults || '{"parent_id": ["unavailable", {"reason": "this product has variants, so it cannot be one"}]}';
    end if;

    if jsonb_typeof(product.options) is distinct from 'object' or product.options = '{}' then
        return faults || '{"options": ["required", {"reason": "a variant needs options, as {\"size\": \"M\"}"}]}';
    end if;

    select faults || coalesce(jsonb_object_agg('options.' || checked.key, checked.fault), '{}')
    into faults
    from (
        select
            given.key,
            coalesce(
                private.fault_with_reason(
                    private.text_fault(given.key, 50, required => true), 'must have a key of 1 to 50 plain characters'
                ),
                case
                    when jsonb_typeof(given.value) <> 'string' then '["pattern", "text", {"reason": "must be a text"}]'::jsonb
                    else private.text_fault(given.value #>> '{}', 100, required => true)
                end
            ) as fault
        from jsonb_each(product.options) as given
    ) as checked
    where checked.fault is not null;

    if octet_length(product.options::text) > 1000 then
        faults := faults || '{"options": ["too_long", 1000, {"reason": "is too large (at most 1000 bytes)"}]}';
    end if;

    if product.is_active and product.deleted_at is null then
        select array_agg(option_key order by option_key)
        into own_keys
        from jsonb_object_keys(product.options) as option_key;

        select (
            select array_agg(option_key order by option_key)
            from jsonb_object_keys(siblings.options) as option_key
        )
        into sibling_keys
        from public.products as siblings
        where siblings.parent_id = product.parent_id
            and siblings.id is distinct from product.id
            and siblings.sku <> product.sku
            and siblings.is_active
            and siblings.deleted_at is null
        limit 1;

        if sibling_keys <> own_keys then
            faults := faults || jsonb_build_object('options', '["one_of"]'::jsonb || to_jsonb(sibling_keys) || jsonb_build_object(
                'reason', 'must have the same keys as the other variants on sale: ' || array_to_string(sibling_keys, ', ')
            ));
        end if;
    end if;

    if product.deleted_at is null and exists (
        select
        from public.products as siblings
        where siblings.parent_id = product.parent_id
            and siblings.id is distinct from product.id
            and siblings.sku <> product.sku
            and siblings.options = product.options
            and siblings.deleted_at is null
    ) then
        faults := faults || '{"options": ["taken", {"reason": "another variant has the same options"}]}';
    end if;
    return faults;
end;
$$;

-- sql/catalogue/private/category_parent_fault.sql

-- What is wrong with the place of a category in the tree; null when nothing is. Places change one at a time
-- (private.lock_catalogue), or two moves that are fine alone could close a circle.
create function private.category_parent_fault(category_id uuid, parent_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    max_depth constant integer := 8;
    above uuid[];
    levels_below integer;
begin
    if category_parent_fault.parent_id is null then
        return null;
    end if;

    with recursive ancestors as (
        select categories.id, categories.parent_id
        from public.categories
        where categories.id = category_parent_fault.parent_id

        union

        select categories.id, categories.parent_id
        from public.categories
        inner join ancestors on categories.id = ancestors.parent_id
    )

    select array_agg(ancestors.id)
    into above
    from ancestors;

    if above is null then
        return '["unknown", {"reason": "is not a category"}]'::jsonb;
    end if;
    if category_parent_fault.category_id = any(above) then
        return '["unavailable", {"reason": "would put the category below itself"}]'::jsonb;
    end if;

    with recursive branch as (
        select category_parent_fault.category_id as id, 1 as level

        union

        select categories.id, branch.level + 1
        from public.categories
        inner join branch on categories.parent_id = branch.id
        where branch.level <= max_depth
    )

    select max(branch.level)
    into levels_below
    from branch;

    if cardinality(above) + levels_below > max_depth then
        return jsonb_build_array(
            'too_many',
            max_depth,
            jsonb_build_object('reason', format('would make the tree deeper than %s levels', max_depth))
        );
    end if;
    return null;
end;
$$;

-- sql/catalogue/private/lock_catalogue.sql

-- Trigger: whoever writes products, categories or pictures takes turns, before the first row is locked. Their rules look
-- at rows beside the one that is written (a variant at its product, a product at its variants, a place in the tree at
-- all above it, a picture at its siblings), so locks on rows would be taken in every order, and two admins would block
-- each other. A visitor's write, which a policy is about to refuse, holds nobody up.
create function private.lock_catalogue()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if private.is_service() or private.is_admin() then
        perform pg_advisory_xact_lock(hashtextextended('catalogue', 0));
    end if;
    return null;
end;
$$;

-- sql/catalogue/private/validate_category.sql

create function private.validate_category()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new.name := private.trimmed(new.name);
    new.slug := private.trimmed(new.slug);
    new.description := private.trimmed(new.description);
    new.image_url := private.trimmed(new.image_url);
    new.translations := coalesce(new.translations, '{}');
    perform private.raise_invalid(
        jsonb_build_object(
            'name', private.text_fault(new.name, 100, required => true),
            'slug', private.slug_fault(new.slug, 100),
            'description', private.text_fault(new.description, 2000, multiline => true),
            'image_url', private.image_url_fault(new.image_url),
            'sort_order', private.integer_fault(new.sort_order, -2147483648, required => true),
            'is_active', case when new.is_active is null then '["required"]'::jsonb end,
            'parent_id', case
                when tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id
                    then private.category_parent_fault(new.id, new.parent_id)
            end
        )
        || private.translation_faults(new.translations, '{"name": 100, "description": 2000}')
    );
    return new;
end;
$$;

-- sql/catalogue/private/keep_used_category.sql

-- The foreign keys have the last word; this says what uses the category.
create function private.keep_used_category()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_in_use(jsonb_build_object(
        'products', (select count(*) from public.products where products.category_id = old.id),
        'categories', (select count(*) from public.categories where categories.parent_id = old.id)
    ));
    return old;
end;
$$;

-- sql/catalogue/private/follow_hidden_categories.sql

-- Keeps private.hidden_category_list, and what it hides in private.hidden_products. Under the lock of its row, or of two changes
-- at once the last one to end would not know of the other.
create function private.follow_hidden_categories()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    before_ids uuid[];
    now_ids uuid[];
begin
    select hidden_category_list.ids
    into before_ids
    from private.hidden_category_list
    for update;
    now_ids := array(select hidden.id from private.hidden_categories as hidden order by hidden.id);
    if now_ids = before_ids then
        return null;
    end if;

    update private.hidden_category_list
    set ids = now_ids
    where hidden_category_list.is_only_row;
    perform private.refresh_hidden_products(array(
        select products.id
        from public.products
        where products.category_id = any(before_ids || now_ids)
            and (products.category_id = any(before_ids)) <> (products.category_id = any(now_ids))
    ));
    return null;
end;
$$;

-- sql/catalogue/private/follow_hidden_products.sql

-- Keeps private.hidden_products as products change; as categories do, private.follow_hidden_categories keeps it.
create function private.follow_hidden_products()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    changed_ids uuid[];
begin
    if tg_op = 'INSERT' then
        changed_ids := array(select new_rows.id from new_rows);
    else
        changed_ids := array(
            select new_rows.id
            from new_rows
            inner join old_rows on old_rows.id = new_rows.id
            where (new_rows.parent_id, new_rows.is_active, new_rows.deleted_at, new_rows.category_id)
                is distinct from (old_rows.parent_id, old_rows.is_active, old_rows.deleted_at, old_rows.category_id)
        );
    end if;

    if changed_ids <> '{}' then
        perform private.refresh_hidden_products(changed_ids);
    end if;
    return null;
end;
$$;

-- sql/catalogue/private/validate_category_attribute.sql

create function private.validate_category_attribute()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new.label := private.trimmed(new.label);
    new.unit := private.trimmed(new.unit);

    perform private.raise_invalid(jsonb_build_object(
        'category_id', case
            when new.category_id is null then '["required"]'::jsonb
            when not exists (select from public.categories where categories.id = new.category_id)
                then '["unknown", {"reason": "is not a category"}]'
        end,
        'key', case
            when new.key is null or new.key = '' then '["required"]'::jsonb
            when char_length(new.key) > 50 then '["too_long", 50]'
            when new.key !~ '^[a-z][a-z0-9_]*$'
                then '["pattern", "screen_size", {"reason": "must begin with a lower-case letter; then come letters, digits and _"}]'
        end,
        'label', private.text_fault(new.label, 100, required => true),
        'type', case
            when new.type is null then '["required"]'::jsonb
            when new.type not in ('text', 'number', 'boolean', 'enum') then '["one_of", "text", "number", "boolean", "enum"]'
        end,
        'unit', private.text_fault(new.unit, 20),
        'required', case when new.required is null then '["required"]'::jsonb end,
        'filterable', case when new.filterable is null then '["required"]'::jsonb end,
        'allowed_values', case
            when new.type <> 'enum' and new.allowed_values is not null
                then '["unavailable", {"reason": "only an enum has allowed values"}]'::jsonb
            when new.type <> 'enum' then null
            when coalesce(cardinality(new.allowed_values), 0) = 0
                then '["required", {"reason": "an enum needs at least one allowed value"}]'
            when cardinality(new.allowed_values) > 500 then '["too_many", 500]'
            else (
                select coalesce(
                    (array_agg(checked.fault) filter (where checked.fault is not null))[1],
                    case
                        when count(*) > count(distinct checked.value) then '["duplicate", {"reason": "holds a value twice"}]'::jsonb
                    end
                )
                from (
                    select allowed.value, private.text_fault(coalesce(allowed.value, ''), 100, required => true) as fault
                    from unnest(new.allowed_values) as allowed (value)
                ) as checked
            )
        end
    ));
    return new;
end;
$$;

-- sql/catalogue/private/owner_faults.sql

-- What is wrong with an SKU and a slug that belong to another product. A deleted one keeps both, and an SKU that differs
-- by its case only is the same one; what is exactly that of a product not deleted is left to the constraints, so that
-- upserts find it.
create function private.owner_faults(product public.products)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return jsonb_build_object(
        'sku', (
            select case
                when owners.deleted_at is not null then '["deleted", {"reason": "belongs to a deleted product; restore it"}]'::jsonb
                when owners.sku <> product.sku
                    then jsonb_build_array('taken', jsonb_build_object('reason', format('is taken, written %s', owners.sku)))
            end
            from public.products as owners
            where lower(owners.sku) = lower(product.sku) and owners.id is distinct from product.id
        ),
        'slug', (
            select '["deleted", {"reason": "belongs to a deleted product; restore it"}]'::jsonb
            from public.products as owners
            where owners.slug = product.slug and owners.id is distinct from product.id and owners.deleted_at is not null
        )
    );
end;
$$;

-- sql/catalogue/private/complete_product.sql

-- A product as it is kept: what a variant leaves open comes from its product, texts have no blanks around them, the
-- currency is the store's, and numbers have the decimals of their columns.
create function private.complete_product(product public.products)
    returns public.products
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    parent public.products;
begin
    product.currency := coalesce(product.currency, private.setting_text('store.currency'));
    product.price := private.with_scale(product.price, 2);
    product.compare_at_price := private.with_scale(product.compare_at_price, 2);
    product.tax_rate := private.with_scale(product.tax_rate, 2);
    product.weight := private.with_scale(product.weight, 3);
    product.sku := private.trimmed(product.sku);
    product.slug := private.trimmed(product.slug);
    product.name := private.trimmed(product.name);
    product.short_description := private.trimmed(product.short_description);
    -- Blanks at the beginning of a line say something in Markdown.
    product.description := case when not private.is_blank(product.description) then product.description end;
    product.brand := private.trimmed(product.brand);
    product.meta_title := private.trimmed(product.meta_title);
    product.meta_description := private.trimmed(product.meta_description);
    product.translations := coalesce(product.translations, '{}');
    product.specifications := coalesce(product.specifications, '{}');
    if jsonb_typeof(product.specifications) = 'object' then
        product.specifications := jsonb_strip_nulls(product.specifications);
    end if;

    if product.parent_id is null then
        return product;
    end if;
    select *
    into parent
    from public.products
    where products.id = product.parent_id;

    product.category_id := coalesce(product.category_id, parent.category_id);
    product.name := coalesce(product.name, parent.name);
    product.short_description := coalesce(product.short_description, parent.short_description);
    product.description := coalesce(product.description, parent.description);
    product.brand := coalesce(product.brand, parent.brand);
    product.meta_title := coalesce(product.meta_title, parent.meta_title);
    product.meta_description := coalesce(product.meta_description, parent.meta_description);
    product.weight := coalesce(product.weight, parent.weight);
    if product.translations = '{}' then
        product.translations := coalesce(parent.translations, '{}');
    end if;
    if jsonb_typeof(product.specifications) = 'object' then
        product.specifications := coalesce(parent.specifications, '{}') || product.specifications;
    end if;
    return product;
end;
$$;

-- sql/catalogue/private/product_faults.sql

-- What is wrong with a completed product (private.complete_product): {field: fault}. Of a product that exists, `before`,
-- what has changed is looked at: rules and definitions may have come since, and a new price must not fail for them.
create function private.product_faults(product public.products, before public.products default null)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    is_new constant boolean := before.id is null;
    faults jsonb := '{}'::jsonb;
begin
    if is_new or (product.sku, product.slug) is distinct from (before.sku, before.slug) then
        faults := private.owner_faults(product) || jsonb_strip_nulls(jsonb_build_object(
            'sku', private.sku_fault(product.sku),
            'slug', private.slug_fault(product.slug, 200)
        ));
    end if;

    if is_new
        or (product.name, product.brand, product.short_description, product.description) is distinct from
            (before.name, before.brand, before.short_description, before.description)
        or (product.meta_title, product.meta_description) is distinct from (before.meta_title, before.meta_description)
    then
        faults := faults || jsonb_build_object(
            'name', private.text_fault(product.name, 200, required => true),
            'short_description', private.text_fault(product.short_description, 500, multiline => true),
            'description', private.markdown_fault(product.description, 20000),
            'brand', private.text_fault(product.brand, 100),
            'meta_title', private.text_fault(product.meta_title, 200),
            'meta_description', private.text_fault(product.meta_description, 500)
        );
    end if;

    if is_new
        or (product.price, product.compare_at_price, product.tax_rate, product.weight)
            is distinct from (before.price, before.compare_at_price, before.tax_rate, before.weight)
    then
        faults := faults || jsonb_build_object(
            'price', private.amount_fault(product.price, private.smallest_amount(), required => true),
            'compare_at_price', coalesce(
                private.amount_fault(product.compare_at_price),
                case
                    when product.compare_at_price <= product.price
                        then '["order", "price", {"reason": "must be above price, or null"}]'::jsonb
                end
            ),
            'tax_rate', private.number_fault(product.tax_rate, 0, 100, 2, required => true),
            'weight', private.number_fault(product.weight, 0, 999999.999, 3)
        );
    end if;

    if is_new
        or (product.currency, product.category_id, product.is_featured, product.is_active)
            is distinct from (before.currency, before.category_id, before.is_featured, before.is_active)
    then
        faults := faults || jsonb_build_object(
            'currency', case
                when product.currency is distinct from before.currency and product.currency <> private.setting_text('store.currency')
                    then jsonb_build_array('one_of', private.setting_text('store.currency'))
            end,
            'category_id', case
                when product.category_id is distinct from before.category_id
                    and product.category_id is not null
                    and not exists (select from public.categories where categories.id = product.category_id)
                    then '["unknown", {"reason": "is not a category"}]'::jsonb
            end,
            'is_featured', case when product.is_featured is null then '["required"]'::jsonb end,
            'is_active', case when product.is_active is null then '["required"]'::jsonb end
        );
    end if;

    if is_new or product.translations is distinct from before.translations then
        faults := faults || private.translation_faults(
            product.translations,
            '{"name": 200, "short_description": 500, "description": 20000, "meta_title": 200, "meta_description": 500}',
            markdown => true
        );
    end if;
    if is_new or (product.specifications, product.category_id) is distinct from (before.specifications, before.category_id) then
        faults := faults || private.specification_faults(product.category_id, product.specifications);
    end if;
    if is_new
        or (product.parent_id, product.options, product.is_active, product.deleted_at)
            is distinct from (before.parent_id, before.options, before.is_active, before.deleted_at)
    then
        faults := faults || private.option_faults(product) || jsonb_build_object('deleted_at', private.date_fault(product.deleted_at));
    end if;

    return jsonb_strip_nulls(faults);
end;
$$;

-- sql/catalogue/private/validate_product.sql

create function private.validate_product()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new := private.complete_product(new);
    new.is_parent_on_show := new.parent_id is null
        or not exists (select from private.hidden_products as hidden where hidden.product_id = new.parent_id);
    perform private.raise_invalid(private.product_faults(new, old));
    return new;
end;
$$;

-- sql/catalogue/private/validate_product_cost.sql

create function private.validate_product_cost()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new.cost_price := private.with_scale(new.cost_price, 2);
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case
            when new.product_id is null then '["required"]'::jsonb
            when not exists (select from public.products where products.id = new.product_id)
                then '["unknown", {"reason": "is not a product"}]'
        end,
        'cost_price', private.amount_fault(new.cost_price, required => true)
    ));
    return new;
end;
$$;

-- sql/catalogue/private/validate_product_image.sql

-- Holds a picture against the rules. A product's first picture is its primary one; a new primary one takes the place of
-- the former.
create function private.validate_product_image()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new.url := private.trimmed(new.url);
    new.storage_path := private.trimmed(new.storage_path);
    new.alt := private.trimmed(new.alt);
    new.variants := coalesce(new.variants, '[]');
    new.is_on_show := not exists (select from private.hidden_products where hidden_products.product_id = new.product_id);
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case when new.product_id is null then '["required"]'::jsonb end,
        'url', private.image_url_fault(new.url, required => true),
        'storage_path', private.storage_path_fault(new.storage_path),
        'alt', private.text_fault(new.alt, 300),
        'sort_order', private.integer_fault(new.sort_order, -2147483648, required => true),
        'is_primary', case when new.is_primary is null then '["required"]'::jsonb end,
        'width', private.integer_fault(new.width, 1, 100000),
        'height', private.integer_fault(new.height, 1, 100000)
    ) || private.image_variant_faults(new.variants));

    if tg_op = 'UPDATE' and (new.product_id, new.is_primary) is not distinct from (old.product_id, old.is_primary) then
        return new;
    end if;
    if new.is_primary then
        update public.product_images
        set is_primary = false
        where product_images.product_id = new.product_id
            and product_images.is_primary
            and product_images.id <> new.id;
    elsif tg_op = 'INSERT' or new.product_id <> old.product_id then
        new.is_primary := not exists (
            select
            from public.product_images
            where product_images.product_id = new.product_id and product_images.is_primary
        );
    end if;
    return new;
end;
$$;

-- sql/catalogue/private/choose_primary_images.sql

-- Where a product's primary picture is gone, or no longer primary, the next one is.
create function private.choose_primary_images()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.product_images
    set is_primary = true
    from (
        select distinct on (images.product_id) images.id
        from public.product_images as images
        where images.product_id in (select former.product_id from former where former.is_primary)
            and not exists (
                select
                from public.product_images as others
                where others.product_id = images.product_id and others.is_primary
            )
        order by images.product_id, images.sort_order, images.created_at, images.id
    ) as next
    where product_images.id = next.id;
    return null;
end;
$$;

-- sql/catalogue/private/validate_wishlist.sql

-- What policies can't say: a token outlives its user, and then the foreign key would. Whose list it is, and whether the
-- product is on show, is theirs to refuse.
create function private.validate_wishlist()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if new.user_id = private.caller_id() and not exists (select from auth.users where users.id = new.user_id) then
        perform private.raise_error('unauthenticated');
    end if;
    if private.is_service() then
        perform private.raise_invalid(jsonb_build_object(
            'user_id', case
                when new.user_id is null then '["required"]'::jsonb
                when not exists (select from auth.users where users.id = new.user_id)
                    then '["unknown", {"reason": "is not a user"}]'
            end,
            'product_id', case
                when new.product_id is null then '["required"]'::jsonb
                when not exists (select from public.products where products.id = new.product_id)
                    then '["unknown", {"reason": "is not a product"}]'
            end
        ));
    end if;
    return new;
end;
$$;

-- sql/catalogue/private/write_price_history.sql

-- Trigger of statements on products: notes new prices.
create function private.write_price_history()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if tg_op = 'INSERT' then
        insert into public.price_history (product_id, price, compare_at_price, changed_by)
        select after_rows.id, after_rows.price, after_rows.compare_at_price, private.caller_id()
        from after_rows;
        return null;
    end if;

    insert into public.price_history (product_id, price, compare_at_price, changed_by)
    select after_rows.id, after_rows.price, after_rows.compare_at_price, private.caller_id()
    from after_rows
    inner join before_rows on before_rows.id = after_rows.id
    where (after_rows.price, after_rows.compare_at_price) is distinct from (before_rows.price, before_rows.compare_at_price);
    return null;
end;
$$;

-- sql/catalogue/private/lowest_price_before.sql

-- The lowest price that a product had in the 30 days before its present one began; null where it had none. Prices that
-- were replaced within the transaction that set them were never in force.
create function private.lowest_price_before(product_id uuid)
    returns numeric
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.may_see_product(lowest_price_before.product_id) then
        return null;
    end if;

    return (
        with prices as (
            select
                price_history.price,
                price_history.changed_at,
                lead(price_history.changed_at) over in_time as ended_at
            from public.price_history
            where price_history.product_id = lowest_price_before.product_id
            window in_time as (order by price_history.changed_at, price_history.id)
        ),

        in_force as (
            select
                prices.price,
                prices.changed_at,
                prices.ended_at,
                prices.price is distinct from lag(prices.price) over (order by prices.changed_at) as is_change
            from prices
            where prices.ended_at is null or prices.ended_at > prices.changed_at
        ),

        present as (
            select max(in_force.changed_at) as began_at
            from in_force
            where in_force.is_change
        )

        select min(in_force.price)
        from in_force
        cross join present
        where in_force.changed_at < present.began_at
            and in_force.ended_at > present.began_at - interval '30 days'
    );
end;
$$;
grant execute on function private.lowest_price_before to anon, authenticated, service_role;

-- sql/catalogue/private/pass_on_to_variants.sql

-- Variants that say what their product said go on saying what it says.
create function private.pass_on_to_variants()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.products as variants
    set category_id = case
            when variants.category_id is not distinct from old.category_id then new.category_id
            else variants.category_id
        end,
        name = case when variants.name = old.name then new.name else variants.name end,
        short_description = case
            when variants.short_description is not distinct from old.short_description then new.short_description
            else variants.short_description
        end,
        description = case
            when variants.description is not distinct from old.description then new.description
            else variants.description
        end,
        brand = case when variants.brand is not distinct from old.brand then new.brand else variants.brand end,
        meta_title = case when variants.meta_title is not distinct from old.meta_title then new.meta_title else variants.meta_title end,
        meta_description = case
            when variants.meta_description is not distinct from old.meta_description then new.meta_description
            else variants.meta_description
        end,
        weight = case when variants.weight is not distinct from old.weight then new.weight else variants.weight end,
        translations = case when variants.translations = old.translations then new.translations else variants.translations end,
        specifications = new.specifications || coalesce(
            (
                select jsonb_object_agg(own.key, own.value)
                from jsonb_each(variants.specifications) as own
                where old.specifications -> own.key is distinct from own.value
            ),
            '{}'
        )
    where variants.parent_id = new.id;
    return null;
end;
$$;

-- sql/catalogue/private/follow_store_currency.sql

-- The store has one currency, and its prices are in it. Whether they fit is private.currency_change_fault's to say.
create function private.follow_store_currency()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.products
    set currency = new.value #>> '{}'
    where products.currency <> new.value #>> '{}';
    return null;
end;
$$;

-- sql/catalogue/triggers.sql

create trigger set_updated_at
    before update on public.categories
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.category_attributes
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.products
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.product_images
    for each row execute function private.set_updated_at();

create trigger set_updated_at
    before update on public.product_costs
    for each row execute function private.set_updated_at();

create trigger lock_catalogue
    before insert or update or delete on public.categories
    for each statement execute function private.lock_catalogue();

create trigger lock_catalogue
    before insert or update on public.products
    for each statement execute function private.lock_catalogue();

create trigger lock_catalogue
    before insert or update or delete on public.product_images
    for each statement execute function private.lock_catalogue();

create trigger validate
    before insert or update on public.categories
    for each row execute function private.validate_category();

create trigger validate
    before insert or update on public.category_attributes
    for each row execute function private.validate_category_attribute();

create trigger validate
    before insert or update on public.products
    for each row execute function private.validate_product();

-- Not what triggers write: it is right, and a category that is hidden takes tens of thousands of pictures along.
create trigger validate
    before insert or update on public.product_images
    for each row
    when (pg_trigger_depth() = 0)
    execute function private.validate_product_image();

create trigger validate
    before insert or update on public.product_costs
    for each row execute function private.validate_product_cost();

create trigger validate
    before insert on public.wishlists
    for each row execute function private.validate_wishlist();

create trigger keep_used
    before delete on public.categories
    for each row execute function private.keep_used_category();

create trigger follow_hidden_categories
    after insert or delete or update of parent_id, is_active on public.categories
    for each statement execute function private.follow_hidden_categories();

create trigger choose_primary
    after delete on public.product_images
    referencing old table as former
    for each statement execute function private.choose_primary_images();

-- Not where validate makes room for a new primary picture.
create trigger choose_primary_again
    after update on public.product_images
    referencing old table as former
    for each statement
    when (pg_trigger_depth() = 0)
    execute function private.choose_primary_images();

create trigger write_price_history
    after insert on public.products
    referencing new table as after_rows
    for each statement execute function private.write_price_history();

create trigger write_price_history_again
    after update on public.products
    referencing old table as before_rows new table as after_rows
    for each statement execute function private.write_price_history();

create trigger pass_on_to_variants
    after update on public.products
    for each row
    when (
        new.parent_id is null
        and (
            old.category_id, old.name, old.short_description, old.description, old.brand, old.meta_title, old.meta_description,
            old.weight, old.translations, old.specifications
        ) is distinct from (
            new.category_id, new.name, new.short_description, new.description, new.brand, new.meta_title, new.meta_description,
            new.weight, new.translations, new.specifications
        )
    )
    execute function private.pass_on_to_variants();

create trigger follow_store_currency
    after update of value on public.system_settings
    for each row
    when (new.key = 'store.currency' and new.value is distinct from old.value)
    execute function private.follow_store_currency();

create trigger follow_hidden_products_of_new
    after insert on public.products
    referencing new table as new_rows
    for each statement execute function private.follow_hidden_products();

create trigger follow_hidden_products_of_changed
    after update on public.products
    referencing old table as old_rows new table as new_rows
    for each statement execute function private.follow_hidden_products();

call private.audit_writes('public.products', 'id', left_out => array['is_parent_on_show']);
call private.audit_writes('public.categories', 'id');
call private.audit_writes('public.category_attributes', 'id');
call private.audit_writes('public.product_images', 'id', left_out => array['is_on_show'], direct_only => true);
call private.audit_writes('public.product_costs', 'product_id');

-- sql/catalogue/access.sql

alter table public.categories enable row level security;
alter table public.category_attributes enable row level security;
alter table public.products enable row level security;
alter table public.product_images enable row level security;
alter table public.product_costs enable row level security;
alter table public.price_history enable row level security;
alter table public.wishlists enable row level security;

grant select on public.categories, public.category_attributes, public.products, public.product_images to anon;
grant select, insert, update, delete
    on public.categories, public.category_attributes, public.product_images, public.product_costs
    to authenticated, service_role;
-- Products are never deleted: deleted_at withdraws them.
grant select, insert, update on public.products to authenticated, service_role;
grant select on public.price_history to authenticated, service_role;
grant select, insert, delete on public.wishlists to authenticated, service_role;

create policy "people read categories on show" on public.categories
    for select to anon, authenticated
    using (id <> all((select hidden_category_list.ids from private.hidden_category_list)::uuid[]));

create policy "admins add categories" on public.categories
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change categories" on public.categories
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete categories" on public.categories
    for delete to authenticated
    using ((select private.is_admin()));

-- Attributes are seen where their category is: the query below meets the policies above.
create policy "people read attributes of the categories they see" on public.category_attributes
    for select to anon, authenticated
    using (exists (select from public.categories where categories.id = category_attributes.category_id));

create policy "admins add attributes" on public.category_attributes
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change attributes" on public.category_attributes
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete attributes" on public.category_attributes
    for delete to authenticated
    using ((select private.is_admin()));

-- The same as private.products_on_show, which a policy on products can't read.
create policy "people read products on show" on public.products
    for select to anon, authenticated
    using (
        is_active
        and deleted_at is null
        and (category_id is null or category_id <> all((select hidden_category_list.ids from private.hidden_category_list)::uuid[]))
        and is_parent_on_show
    );

create policy "admins add products" on public.products
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change products" on public.products
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "people read pictures of products on show" on public.product_images
    for select to anon, authenticated
    using (is_on_show);

create policy "admins add pictures" on public.product_images
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change pictures" on public.product_images
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete pictures" on public.product_images
    for delete to authenticated
    using ((select private.is_admin()));

create policy "admins read costs" on public.product_costs
    for select to authenticated
    using ((select private.is_admin()));

create policy "admins add costs" on public.product_costs
    for insert to authenticated
    with check ((select private.is_admin()));

create policy "admins change costs" on public.product_costs
    for update to authenticated
    using ((select private.is_admin()))
    with check ((select private.is_admin()));

create policy "admins delete costs" on public.product_costs
    for delete to authenticated
    using ((select private.is_admin()));

create policy "admins read former prices" on public.price_history
    for select to authenticated
    using ((select private.is_admin()));

create policy "customers read their wishlist" on public.wishlists
    for select to authenticated
    using (user_id = (select auth.uid()));

create policy "customers add products they see to their wishlist" on public.wishlists
    for insert to authenticated
    with check (
        user_id = (select auth.uid())
        and exists (select from public.products where products.id = wishlists.product_id)
    );

create policy "customers remove from their wishlist" on public.wishlists
    for delete to authenticated
    using (user_id = (select auth.uid()));

create policy "admins read all products" on public.products
    for select to primostore_admin
    using (true);

create policy "admins read all categories" on public.categories
    for select to primostore_admin
    using (true);

create policy "admins read all pictures" on public.product_images
    for select to primostore_admin
    using (true);

-- sql/catalogue/private/request_languages.sql

-- The store's languages that the request's Accept-Language prefers to the store's first one, best first. plpgsql here
-- and in private.localise: their plans are kept, and they run for every row of a list.
create function private.request_languages()
    returns text[]
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    header constant text := lower(left(private.request_header('accept-language'), 500));
    best constant text := split_part(header, ',', 1);
    spoken text[];
    languages text[];
begin
    if coalesce(header, '') in ('', '*') then
        return '{}'::text[];
    end if;
    select shop_settings.languages
    into spoken
    from private.shop_settings;
    -- Most people ask for the store's first language before any other.
    if split_part(best, '-', 1) = spoken[1] and strpos(best, ';') = 0 then
        return '{}'::text[];
    end if;

    select array_agg(accepted.language order by accepted.quality desc, accepted.position)
    into languages
    from (
        select
            parts.match[1] as language,
            coalesce(parts.match[2]::numeric, 1) as quality,
            entry.position
        from unnest(string_to_array(header, ',')) with ordinality as entry (value, position)
        cross join lateral regexp_match(
            entry.value, '^\s*([a-z]{2,3})(?:-[a-z0-9-]*)?\s*(?:;\s*q=([01](?:\.[0-9]{1,3})?))?\s*$'
        ) as parts (match)
        where parts.match is not null
    ) as accepted
    where accepted.quality > 0 and accepted.language = any(spoken);

    return coalesce(languages[:coalesce(array_position(languages, spoken[1]) - 1, cardinality(languages))], '{}');
end;
$$;
grant execute on function private.request_languages to anon, authenticated, service_role;

-- sql/catalogue/private/localise.sql

-- A text in the request's language: the best translation there is, else the text itself.
create function private.localise(translations jsonb, field text, original text)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    language text;
begin
    if localise.translations is null or localise.translations = '{}' then
        return localise.original;
    end if;

    foreach language in array private.request_languages() loop
        if btrim(localise.translations -> language ->> localise.field) <> '' then
            return localise.translations -> language ->> localise.field;
        end if;
    end loop;
    return localise.original;
end;
$$;
grant execute on function private.localise to anon, authenticated, service_role;

-- sql/catalogue/private/category_nodes.sql

-- The children of a category (null: the roots) as category_tree has them. `own_counts` are {category id: products}.
create function private.category_nodes(parent_id uuid, own_counts jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    nodes jsonb := '[]'::jsonb;
    category public.categories;
    children jsonb;
begin
    for category in
        select *
        from public.categories
        where categories.parent_id is not distinct from category_nodes.parent_id and categories.is_active
        order by categories.sort_order, categories.name, categories.id
    loop
        children := private.category_nodes(category.id, category_nodes.own_counts);
        nodes := nodes || jsonb_build_object(
            'id', category.id,
            'slug', category.slug,
            'name', private.localise(category.translations, 'name', category.name),
            'description', private.localise(category.translations, 'description', category.description),
            'image_url', category.image_url,
            'product_count', coalesce((category_nodes.own_counts ->> category.id::text)::bigint, 0) + (
                select coalesce(sum((child ->> 'product_count')::bigint), 0)
                from jsonb_array_elements(children) as child
            ),
            'children', children
        );
    end loop;
    return nodes;
end;
$$;

-- sql/catalogue/private/category_tree.sql

create function private.category_tree()
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.category_nodes(
        null,
        (
            select coalesce(jsonb_object_agg(counted.category_id, counted.products), '{}')
            from (
                select products.category_id, count(*) as products
                from public.products
                where products.parent_id is null
                    and products.is_active
                    and products.deleted_at is null
                    and products.category_id is not null
                group by products.category_id
            ) as counted
        )
    );
end;
$$;
grant execute on function private.category_tree to anon, authenticated, service_role;

-- sql/catalogue/api/category_tree.sql

create function public.category_tree()
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.category_tree();
end;
$$;
comment on function public.category_tree is
    'The categories on show: [{id, slug, name, description, image_url, product_count, children: […]}], in sort_order. product_count: products on show in the category and below, variants not counted. Names and descriptions in the language of Accept-Language where translated.';
grant execute on function public.category_tree to anon, authenticated, service_role;

-- sql/catalogue/api/localised_products.sql

-- Computed fields of `products`: its texts in the language the request asks for.

create function public.localised_name(product public.products)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(product.translations, 'name', product.name);
end;
$$;
comment on function public.localised_name(public.products) is
    'Computed field of products (select=*,localised_name): name in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_name(public.products) to anon, authenticated, service_role;

create function public.localised_short_description(product public.products)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(product.translations, 'short_description', product.short_description);
end;
$$;
comment on function public.localised_short_description(public.products) is
    'Computed field of products (select=*,localised_short_description): short_description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_short_description(public.products) to anon, authenticated, service_role;

create function public.localised_description(product public.products)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(product.translations, 'description', product.description);
end;
$$;
comment on function public.localised_description(public.products) is
    'Computed field of products (select=*,localised_description): description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_description(public.products) to anon, authenticated, service_role;

create function public.localised_meta_title(product public.products)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(product.translations, 'meta_title', product.meta_title);
end;
$$;
comment on function public.localised_meta_title(public.products) is
    'Computed field of products (select=*,localised_meta_title): meta_title in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_meta_title(public.products) to anon, authenticated, service_role;

create function public.localised_meta_description(product public.products)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(product.translations, 'meta_description', product.meta_description);
end;
$$;
comment on function public.localised_meta_description(public.products) is
    'Computed field of products (select=*,localised_meta_description): meta_description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_meta_description(public.products) to anon, authenticated, service_role;

-- sql/catalogue/api/localised_categories.sql

-- Computed fields of `categories`: its texts in the language the request asks for.

create function public.localised_name(category public.categories)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(category.translations, 'name', category.name);
end;
$$;
comment on function public.localised_name(public.categories) is
    'Computed field of categories (select=*,localised_name): name in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_name(public.categories) to anon, authenticated, service_role;

create function public.localised_description(category public.categories)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.localise(category.translations, 'description', category.description);
end;
$$;
comment on function public.localised_description(public.categories) is
    'Computed field of categories (select=*,localised_description): description in the first language of the Accept-Language header that it is translated to; else as it is.';
grant execute on function public.localised_description(public.categories) to anon, authenticated, service_role;

-- sql/catalogue/api/lowest_price_30d.sql

create function public.lowest_price_30d(product public.products)
    returns numeric
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.lowest_price_before(product.id);
end;
$$;
comment on function public.lowest_price_30d is
    'Computed field of products (select=*,lowest_price_30d): the lowest price in force in the 30 days before the present one began, which a reduction is measured against; null where there was none.';
grant execute on function public.lowest_price_30d to anon, authenticated, service_role;
