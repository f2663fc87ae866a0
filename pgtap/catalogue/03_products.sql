-- Products: their texts and amounts, currency, pictures, and what becomes of words and stock.
begin;
select plan(24);

select tests.create_user('admin@example.com', 'admin');
select tests.create_product('LAMP', 120.00, 0);
select tests.authenticate_as(tests.user_id('admin@example.com'));

-- Texts and amounts.
select is(
    tests.error_details($$
        insert into public.products (
            sku, name, slug, price, compare_at_price, tax_rate, weight, currency, brand, short_description, description,
            meta_title, meta_description, translations, category_id
        )
        values (
            'x y', repeat('n', 201), 'a--b', 10, 10, 101, -1, 'EUR', '<i>x</i>', 'a <script>alert(1)</script>',
            '# Title' || chr(10) || '<img src=x onerror=alert(1)>', '<b>t</b>', E'bell\u0007', '{"en": {"colour": "x"}}',
            '00000000-0000-4000-8000-000000000000'
        )
    $$),
    '{
        "sku": "must be letters and digits, with . _ / - between them",
        "name": "is too long (at most 200 characters)",
        "slug": "must be lower-case letters, digits and single hyphens",
        "compare_at_price": "must be above price, or null",
        "tax_rate": "must be at most 100",
        "weight": "must be at least 0",
        "currency": "must be one of: MAD",
        "brand": "contains HTML or script",
        "short_description": "contains HTML or script",
        "description": "contains HTML or script",
        "meta_title": "contains HTML or script",
        "meta_description": "contains control characters",
        "translations.en.colour": "is not a known field",
        "category_id": "is not a category"
    }',
    'all faults of a product come in one answer'
);
select lives_ok(
    $$
        insert into public.products (sku, name, slug, price, description)
        values (
            'TEA/1.0_b-2', 'Théière d''été « 0,8 l » & co < 1 كأس شاي 🫖', 'theiere', 0.01,
            E'# Thé\n\n- **menthe**\n- 5 < 6\n\n[lien](https://example.com)\n\n\tcode'
        )
    $$,
    'accents, Arabic, emoji, a lone < and Markdown are text'
);
select is(
    (select array[currency, tax_rate::text, is_active::text, specifications::text] from public.products where sku = 'TEA/1.0_b-2'),
    array['MAD', '20.00', 'true', '{}'],
    'a product starts active, in the store''s currency, at the usual tax rate'
);
select is(tests.stock_of('TEA/1.0_b-2'), '0 in stock, 0 reserved', 'a product comes with its inventory');
select is(
    tests.error_code($$insert into public.products (sku, name, slug, price) values ('LAMP', 'Other', 'other', 1)$$),
    '23505',
    'two products cannot share a SKU'
);
select is(
    tests.error_code($$insert into public.products (sku, name, slug, price) values ('LAMP2', 'Other', 'product-lamp', 1)$$),
    '23505',
    'two products cannot share a slug'
);
select is(
    tests.error_code($$insert into public.products (sku, name, slug, price, cost_price) values ('L3', 'Other', 'other', 1, 1)$$),
    '42703',
    'products carry no costs that everybody would read'
);
select is(
    tests.error_code($$delete from public.products where sku = 'LAMP'$$),
    '42501',
    'an admin cannot delete a product'
);
select lives_ok(
    $$update public.products set deleted_at = now() where sku = 'LAMP'$$,
    'but can withdraw it'
);
select is(
    tests.error_code($$insert into public.products (sku, name, slug, price) values ('LAMP', 'New lamp', 'new-lamp', 1)$$),
    'invalid_input',
    'a withdrawn product keeps its SKU'
);

-- The rules apart from the table, as an import asks for them.
create function pg_temp.completed(changes jsonb)
    returns public.products
    language sql
    as $$
    select private.complete_product(jsonb_populate_record(
        null::public.products,
        '{"sku": "CUP", "name": " Cup ", "slug": "cup", "price": 5, "tax_rate": 20, "is_active": true, "is_featured": false}'::jsonb || changes
    ));
$$;
select tests.clear_authentication();
select is(
    (select array[name, price::text, currency, specifications::text, brand] from pg_temp.completed('{"brand": " "}')),
    array['Cup', '5.00', 'MAD', '{}', null],
    'a row can be completed without being written'
);
select is(
    private.product_faults(pg_temp.completed('{"sku": "lamp", "price": 1.234, "options": {"size": "M"}}')) - 'options',
    '{"sku": ["deleted", {"reason": "belongs to a deleted product; restore it"}], "price": ["decimals", 2]}',
    'and told what is wrong with it'
);
select is(
    private.product_faults(
        pg_temp.completed('{"id": "00000000-0000-4000-8000-000000000001", "sku": "a b", "price": 0}'),
        pg_temp.completed('{"id": "00000000-0000-4000-8000-000000000001", "sku": "a b"}')
    ),
    '{"price": ["below", 0.01]}',
    'and only what changed is held against what it was before'
);
select tests.authenticate_as(tests.user_id('admin@example.com'));

-- The store's currency.
select lives_ok(
    $$select public.admin_update_settings('{"store.currency": "EUR"}')$$,
    'the store''s currency can change while there are no orders'
);
select is(
    (select array_agg(distinct currency) from public.products),
    array['EUR'],
    'products follow the store''s currency'
);
select is(
    tests.error_details($$update public.products set currency = 'MAD' where sku = 'LAMP'$$),
    '{"currency": "must be one of: EUR"}',
    'there is no other currency'
);
select public.admin_update_settings('{"store.currency": "MAD"}');

-- Pictures.
create function pg_temp.add_picture(url text, is_primary boolean default false)
    returns void
    language sql
    as $$
    insert into public.product_images (product_id, url, is_primary)
    values (tests.product('LAMP'), add_picture.url, add_picture.is_primary);
$$;
select lives_ok($$select pg_temp.add_picture('https://cdn.example.com/a.webp', true)$$, 'a product has pictures');
select lives_ok($$select pg_temp.add_picture('/storage/v1/object/public/products/b.webp', true)$$, 'also by a path of the shop');
select results_eq(
    $$select url from public.product_images where product_id = tests.product('LAMP') and is_primary$$,
    array['/storage/v1/object/public/products/b.webp'],
    'a new primary picture takes the place of the former'
);
update public.product_images set is_primary = true where url like '%a.webp';
select results_eq(
    $$select url from public.product_images where product_id = tests.product('LAMP') and is_primary$$,
    array['https://cdn.example.com/a.webp'],
    'so does one that becomes primary'
);
select is(
    tests.error_details($$
        insert into public.product_images (product_id, url, storage_path, alt, width, height)
        values (tests.product('LAMP'), 'ftp://x/y', '../secret', '<b>', 0, 100001)
    $$),
    '{
        "url": "must be an http(s) address or a path that begins with /",
        "storage_path": "is not the name of an object in Storage",
        "width": "must be at least 1",
        "height": "must be at most 100000",
        "alt": "contains HTML or script"
    }',
    'all faults of a picture come in one answer'
);
select is(
    tests.error_details($$select pg_temp.add_picture('javascript:alert(1)')$$) ? 'url',
    true,
    'a script is no address of a picture'
);

-- Costs.
select lives_ok(
    $$insert into public.product_costs (product_id, cost_price) values (tests.product('LAMP'), 70)$$,
    'admins note costs'
);
select is(
    tests.error_details($$update public.product_costs set cost_price = -1$$),
    '{"cost_price": "must be at least 0"}',
    'costs are not negative'
);

select * from finish();
rollback;
