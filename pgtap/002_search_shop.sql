-- The shop of the search tests. Its own file, so that each test file is readable; kept in the schema `tests`.
\set QUIET on
set client_min_messages to warning;

-- Eight products in a tree of three levels: one withdrawn, one with two variants. Called as the session's own role.
create function tests.create_search_shop()
    returns void
    volatile
    language sql
    as $$
    select tests.create_user('admin@example.com', 'admin');
    insert into public.categories (name, slug, sort_order, translations)
    values
        ('Maison', 'maison', 1, '{"en": {"name": "Home"}, "ar": {"name": "المنزل"}}'),
        ('Électronique', 'electronique', 2, '{}');
    insert into public.categories (name, slug, parent_id)
    select 'Cuisine', 'cuisine', categories.id from public.categories where categories.slug = 'maison';
    insert into public.categories (name, slug, parent_id)
    select 'Tajines', 'tajines', categories.id from public.categories where categories.slug = 'cuisine';
    insert into public.category_attributes (category_id, key, label, type, allowed_values, filterable)
    select categories.id, attribute.key, attribute.key, attribute.type, attribute.allowed_values, attribute.key <> 'note'
    from (
        values
            ('maison', 'matiere', 'text', null::text[]),
            ('maison', 'note', 'text', null),
            ('tajines', 'diametre', 'number', null),
            ('tajines', 'feu', 'enum', '{gaz,induction}'),
            ('tajines', 'fait_main', 'boolean', null)
    ) as attribute (category, key, type, allowed_values)
    inner join public.categories on categories.slug = attribute.category;

    insert into public.products (
        sku, slug, name, brand, category_id, price, short_description, description, specifications, translations, created_at
    )
    select
        item.sku, lower(item.sku), item.name, item.brand, categories.id, item.price, item.short_description, item.description,
        item.specifications::jsonb, item.translations::jsonb, now() - make_interval(days => item.age)
    from (
        values
            (
                'TAJ-026', 'Tajine émaillé 26 cm', 'Poterie de Safi', 'tajines', 189, 'Terre cuite, pour quatre personnes.', null,
                '{"matiere": "terre cuite", "diametre": 26, "feu": "gaz", "fait_main": true, "note": "x"}',
                '{"ar": {"name": "طاجين مطلي", "short_description": "فَخَّار لأربعة أشخاص"}, "en": {"name": "Glazed tagine"}}', 1
            ),
            (
                'TAJ-032', 'Grand tajine', 'Poterie de Safi', 'tajines', 249, null, 'Marmites et **couscoussiers** vendus à part.',
                '{"matiere": "terre cuite", "diametre": 32, "feu": "gaz", "fait_main": true}', '{}', 2
            ),
            ('TAJ-100', 'Cocotte en fonte', 'Atlas', 'tajines', 549, null, null, '{"matiere": "fonte", "diametre": 28, "feu": "induction"}', '{}', 3),
            ('THE-001', 'Théière d''été', 'Atlas', 'cuisine', 279, 'Pour le thé à la menthe.', null, '{"matiere": "laiton"}', '{}', 4),
            ('BOX-001', 'Boîte à épices', null, 'cuisine', 79, 'Décorée comme un tajine.', null, '{}', '{}', 5),
            ('TEL-001', 'Smartphone Sahara', 'Tajine Mobile', 'electronique', 2490, null, null, '{"ecran": 6.5}', '{}', 6),
            ('PUB-001', 'Tajine retiré', null, 'tajines', 100, null, null, '{}', '{}', 7),
            ('SHO-001', 'Babouches', 'Chouara', 'electronique', 240, null, null, '{}', '{}', 8)
    ) as item (sku, name, brand, category, price, short_description, description, specifications, translations, age)
    inner join public.categories on categories.slug = item.category;
    insert into public.products (parent_id, sku, slug, price, options, specifications)
    select tests.product('SHO-001'), variant.sku, lower(variant.sku), variant.price, variant.options::jsonb, variant.specifications::jsonb
    from (
        values
            ('SHO-001-38', 240, '{"pointure": "38"}', '{"couleur": "rouge"}'),
            ('SHO-001-40', 290, '{"pointure": "40"}', '{"couleur": "bleu"}')
    ) as variant (sku, price, options, specifications);
    update public.products set deleted_at = now() where sku = 'PUB-001';
    select public.admin_adjust_stock(tests.product(stocked.sku), 3)
    from unnest(array['TAJ-026', 'TAJ-100', 'SHO-001-40', 'PUB-001']) as stocked (sku);
$$;

-- SKUs of what a search finds, in order.
create function tests.found(
    q text default null,
    category_slug text default null,
    brand text default null,
    min_price numeric default null,
    max_price numeric default null,
    in_stock boolean default null,
    specifications jsonb default null,
    sort text default null,
    page integer default null,
    page_size integer default null
)
    returns text
    stable
    language sql
    as $$
    select string_agg(hits.sku, ' ' order by hits.position)
    from (
        select found.sku, row_number() over () as position
        from public.search_products(
            q, category_slug, brand, min_price, max_price, in_stock, specifications, sort, page, page_size
        ) as found
    ) as hits;
$$;

grant execute on all functions in schema tests to anon, authenticated, service_role;
