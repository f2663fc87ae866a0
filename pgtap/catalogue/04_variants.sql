-- Variants: one level deep, told apart by their options, with what they leave open from their product.
begin;
select plan(35);

select tests.create_user('admin@example.com', 'admin');
select tests.create_product('SHOE', 240.00, 0);
select tests.create_product('BAG', 500.00, 10);
select tests.authenticate_as(tests.user_id('admin@example.com'));

insert into public.categories (name, slug) values ('Shoes', 'shoes');
insert into public.category_attributes (category_id, key, label, type)
select categories.id, attribute.key, attribute.key, 'text'
from public.categories
cross join unnest(array['material', 'origin']) as attribute (key)
where categories.slug = 'shoes';
update public.products
set category_id = (select id from public.categories where slug = 'shoes'),
    brand = 'Chouara',
    short_description = 'Soft leather',
    weight = 0.4,
    specifications = '{"material": "goat", "origin": "Fez"}',
    translations = '{"en": {"name": "Slipper"}}'
where sku = 'SHOE';

create function pg_temp.add(sku text, options jsonb, parent text default 'SHOE')
    returns void
    language sql
    as $$
    insert into public.products (parent_id, sku, slug, price, options)
    values (tests.product(add.parent), add.sku, lower(add.sku), 240, add.options);
$$;
create function pg_temp.texts(sku text)
    returns text[]
    language sql
    as $$
    select array[categories.slug, products.name, products.brand, products.short_description, products.weight::text,
            products.specifications::text, products.translations::text]
    from public.products
    left join public.categories on categories.id = products.category_id
    where products.sku = texts.sku;
$$;

-- Inheriting.
select lives_ok($$select pg_temp.add('SHOE-38', '{"size": "38"}')$$, 'a variant needs a SKU, a slug, a price and options only');
select is(
    pg_temp.texts('SHOE-38'),
    array['shoes', 'Product SHOE', 'Chouara', 'Soft leather', '0.400', '{"origin": "Fez", "material": "goat"}', '{"en": {"name": "Slipper"}}'],
    'a variant has its product''s category and texts where its own are empty'
);
insert into public.products (parent_id, sku, slug, price, options, name, brand, specifications)
values (tests.product('SHOE'), 'SHOE-39', 'shoe-39', 250, '{"size": "39"}', 'Slipper 39', '', '{"material": "calf"}');
select is(
    pg_temp.texts('SHOE-39'),
    array['shoes', 'Slipper 39', 'Chouara', 'Soft leather', '0.400', '{"origin": "Fez", "material": "calf"}', '{"en": {"name": "Slipper"}}'],
    'and keeps what is its own'
);
update public.products
set name = 'Babouche', short_description = 'Very soft leather', specifications = '{"material": "sheep", "origin": "Rabat"}'
where sku = 'SHOE';
select is(
    pg_temp.texts('SHOE-38'),
    array['shoes', 'Babouche', 'Chouara', 'Very soft leather', '0.400', '{"origin": "Rabat", "material": "sheep"}', '{"en": {"name": "Slipper"}}'],
    'what a variant has from its product follows it'
);
select is(
    pg_temp.texts('SHOE-39'),
    array['shoes', 'Slipper 39', 'Chouara', 'Very soft leather', '0.400', '{"origin": "Rabat", "material": "calf"}', '{"en": {"name": "Slipper"}}'],
    'what is its own does not'
);
update public.products set name = null, short_description = '' where sku = 'SHOE-39';
select is(
    (pg_temp.texts('SHOE-39'))[2:4],
    array['Babouche', 'Chouara', 'Very soft leather'],
    'a text that is emptied comes from the product again'
);
select is(
    tests.error_details($$
        insert into public.products (parent_id, sku, slug, price, options, specifications)
        values (tests.product('SHOE'), 'SHOE-40', 'shoe-40', 240, '{"size": "40"}', '{"heel": "high"}')
    $$),
    '{"specifications.heel": "is not an attribute of this category"}',
    'a variant is held to the attributes of its product''s category'
);

-- Structure.
select is(
    tests.error_details($$select pg_temp.add('X', '{"size": "1"}', 'SHOE-38')$$) ->> 'parent_id',
    'is a variant itself: variants are one level deep',
    'a variant has no variants'
);
select is(
    tests.error_details($$
        update public.products set parent_id = tests.product('BAG'), options = '{"size": "1"}' where sku = 'SHOE'
    $$) ->> 'parent_id',
    'this product has variants, so it cannot be one',
    'a product with variants becomes no variant'
);
select is(
    tests.error_details($$update public.products set parent_id = id, options = '{"size": "1"}' where sku = 'BAG'$$) ->> 'parent_id',
    'is the product itself',
    'a product is no variant of itself'
);
select is(
    tests.error_details($$
        insert into public.products (parent_id, sku, slug, name, price, options)
        values (gen_random_uuid(), 'X', 'x', 'X', 1, '{"size": "1"}')
    $$) ->> 'parent_id',
    'is not a product',
    'a variant''s product exists'
);
select is(
    tests.error_details($$select pg_temp.add('X', null)$$),
    '{"options": "a variant needs options, as {\"size\": \"M\"}"}',
    'a variant needs options'
);
select is(
    tests.error_details($$select pg_temp.add('X', '{}')$$) ? 'options',
    true,
    'which are not empty'
);
select is(
    tests.error_details($$select pg_temp.add('X', '["size"]')$$) ? 'options',
    true,
    'which are an object'
);
select is(
    tests.error_details($$select pg_temp.add('X', '{"size": 38, "col<b>our</b>": "red", "cut": ""}')$$)
        - 'options',
    '{
        "options.size": "must be a text",
        "options.col<b>our</b>": "must have a key of 1 to 50 plain characters",
        "options.cut": "is required"
    }',
    'of plain texts'
);
select is(
    tests.error_details($$update public.products set options = '{"size": "M"}' where sku = 'BAG'$$),
    '{"options": "only variants have options: give parent_id too, or leave options out"}',
    'other products have no options'
);
select is(
    tests.error_details($$select pg_temp.add('X', '{"size": "38"}')$$),
    '{"options": "another variant has the same options"}',
    'no two variants of a product have the same options'
);
select is(
    tests.error_details($$select pg_temp.add('X', '{"colour": "red"}')$$),
    '{"options": "must have the same keys as the other variants on sale: size"}',
    'all variants of a product have the same kinds of options'
);
select lives_ok(
    $$select pg_temp.add('BAG-38', '{"size": "38"}', 'BAG')$$,
    'variants of other products may have the same options'
);
select lives_ok(
    $$update public.products set deleted_at = now() where sku = 'SHOE-38'; select pg_temp.add('SHOE-38B', '{"size": "38"}')$$,
    'a withdrawn variant leaves its options to another'
);
select is(
    tests.error_details($$update public.products set deleted_at = null where sku = 'SHOE-38'$$),
    '{"options": "another variant has the same options"}',
    'and cannot come back while that one stands'
);
select is(
    tests.error_code($$
        insert into public.products (parent_id, sku, slug, price, options)
        values
            (tests.product('BAG'), 'BAG-1', 'bag-1', 1, '{"size": "1"}'),
            (tests.product('BAG'), 'BAG-2', 'bag-2', 1, '{"size": "1"}')
    $$),
    'invalid_input',
    'nor do two that come together'
);
select lives_ok(
    $$
        update public.products set is_active = false where parent_id = tests.product('BAG');
        update public.products set options = '{"size": "38", "colour": "red"}' where sku = 'BAG-38';
        update public.products set is_active = true where sku = 'BAG-38'
    $$,
    'variants off sale can get new kinds of options'
);
select is(
    (select count(*)::integer from public.products where parent_id = tests.product('SHOE') and deleted_at is null),
    2,
    'a product''s variants are the products with its parent_id'
);

-- Selling and showing.
select tests.clear_authentication();
select public.admin_adjust_stock(tests.product('SHOE'), 5);
select public.admin_adjust_stock(tests.product('SHOE-39'), 5);
create function pg_temp.is_sellable(sku text)
    returns boolean
    language sql
    as $$
    select private.is_sellable(products) from public.products where products.sku = is_sellable.sku;
$$;
select is(pg_temp.is_sellable('SHOE'), false, 'a product with variants cannot be bought itself');
select is(pg_temp.is_sellable('SHOE-39'), true, 'a variant can');
update public.products set deleted_at = now() where parent_id = tests.product('SHOE');
select is(pg_temp.is_sellable('SHOE'), true, 'without its variants the product can be bought again');
update public.products set deleted_at = null where sku = 'SHOE-39';
update public.products set is_active = false where sku = 'SHOE';
select is(pg_temp.is_sellable('SHOE-39'), false, 'a variant of a hidden product cannot be bought');
select tests.authenticate_as_anon();
select is_empty($$select 1 from public.products where sku = 'SHOE-39'$$, 'nor seen by visitors');
select tests.authenticate_as(tests.user_id('admin@example.com'));
select isnt_empty($$select 1 from public.products where sku = 'SHOE-39'$$, 'but by admins');
update public.products set is_active = true, deleted_at = now() where sku = 'SHOE';
select tests.authenticate_as_anon();
select is_empty($$select 1 from public.products where sku = 'SHOE-39'$$, 'a variant of a withdrawn product is not seen');
select tests.clear_authentication();
update public.products set deleted_at = null where sku = 'SHOE';
update public.categories set is_active = false where slug = 'shoes';
update public.products set category_id = (select id from public.categories where slug = 'tests-shelf'), specifications = '{}' where sku = 'SHOE-39';
select is(pg_temp.is_sellable('SHOE-39'), false, 'nor one whose product is in a hidden category');
update public.categories set is_active = true where slug = 'shoes';
select is(pg_temp.is_sellable('SHOE-39'), true, 'on show again, it can be bought');


-- Taking turns.
select tests.clear_authentication();
create function pg_temp.locks()
    returns bigint
    language sql
    as $$
    select count(*) from pg_locks where locktype = 'advisory' and mode = 'ExclusiveLock' and pid = pg_backend_pid() and granted;
$$;
select is(pg_temp.locks(), 1::bigint, 'writers of the catalogue take turns, by one lock');
select is(
    (
        select array_agg(tgrelid::regclass::text order by tgrelid::regclass::text)
        from pg_trigger
        where tgname = 'lock_catalogue' and tgtype & 3 = 2
    ),
    array['categories', 'product_images', 'products'],
    'which they take before any row, whatever they write'
);
select * from finish();
rollback;
