-- The filters, order and pages of search_products.
begin;
select plan(51);

select tests.create_search_shop();
select tests.authenticate_as_anon();

-- What is on show.
select is(
    tests.found(),
    'TAJ-026 TAJ-032 TAJ-100 THE-001 BOX-001 TEL-001 SHO-001',
    'without a search all products come, newest first, variants as their product'
);
select is(tests.found('retiré'), null, 'a withdrawn product is not found');
select tests.authenticate_as(tests.user_id('admin@example.com'));
select is(tests.found('retiré'), null, 'not by admins either');
select is(tests.found('PUB-001'), null, 'nor by its SKU');
select tests.clear_authentication();
update public.products set is_active = false where sku = 'SHO-001';
select is(tests.found('babouches'), null, 'variants of a hidden product are not found');
update public.products set is_active = true where sku = 'SHO-001';
update public.products set is_active = false where sku = 'SHO-001-40';
select is(tests.found('SHO-001-40'), null, 'a hidden variant''s SKU finds nothing');
update public.products set is_active = true where sku = 'SHO-001-40';
update public.categories set is_active = false where slug = 'cuisine';
select is(tests.found(), 'TEL-001 SHO-001', 'products of a hidden category and of those below it are not found');
select is(tests.found('tajine'), 'TEL-001', 'by words neither');
select is(tests.found(category_slug => 'tajines'), null, 'nor by the category');
update public.categories set is_active = true where slug = 'cuisine';
select tests.authenticate_as_anon();

-- Filters.
select is(tests.found(category_slug => 'tajines'), 'TAJ-026 TAJ-032 TAJ-100', 'a category has its products');
select is(
    tests.found(category_slug => 'maison'),
    'TAJ-026 TAJ-032 TAJ-100 THE-001 BOX-001',
    'and those of all categories below'
);
select is(tests.found(category_slug => 'nowhere'), null, 'an unknown category has none');
select is(tests.found('tajine', category_slug => 'maison'), 'TAJ-026 TAJ-032 BOX-001', 'filters narrow a search down');
select is(tests.found(brand => 'Atlas'), 'TAJ-100 THE-001', 'a brand has its products');
select is(tests.found(brand => 'POTERIE DE SAFÌ'), 'TAJ-026 TAJ-032', 'in any case, with or without accents');
select is(tests.found(brand => 'Atl'), null, 'the whole brand');
select is(tests.found(min_price => 249, max_price => 279), 'TAJ-032 THE-001', 'prices include the bounds');
select is(tests.found(min_price => 280, max_price => 290), 'SHO-001', 'a product is found by a variant''s price');
select is(tests.found(in_stock => true), 'TAJ-026 TAJ-100 SHO-001', 'products with units on sale, or with variants that have');
select is(tests.found(in_stock => false), 'TAJ-032 THE-001 BOX-001 TEL-001', 'and those without');
select is(tests.found(in_stock => true, max_price => 240), 'TAJ-026', 'the filters must fit one and the same variant');
select is(tests.found(specifications => '{"matiere": "terre cuite"}'), 'TAJ-026 TAJ-032', 'by specification');
select is(tests.found(specifications => '{"feu": ["gaz", "induction"]}'), 'TAJ-026 TAJ-032 TAJ-100', 'by any of several values');
select is(tests.found(specifications => '{"feu": "gaz", "diametre": 32}'), 'TAJ-032', 'by several specifications');
select is(tests.found(specifications => '{"diametre": "32", "fait_main": "true"}'), 'TAJ-032', 'numbers and booleans also as text');
select is(tests.found(specifications => '{"couleur": "bleu"}'), 'SHO-001', 'by a variant''s specification');
select is(tests.found(specifications => '{}'), tests.found(), 'no specification is no filter');
select is(
    tests.found(category_slug => 'cuisine', specifications => '{"matiere": "laiton"}'),
    'THE-001',
    'a category knows inherited attributes'
);
select is(
    tests.found(category_slug => 'maison', specifications => '{"feu": "gaz"}'),
    'TAJ-026 TAJ-032',
    'and those of the categories below'
);
select is(
    tests.error_details($$select tests.found(category_slug => 'maison', specifications => '{"ecran": 6.5}')$$),
    '{"specifications.ecran": "is not an attribute of this category; known are diametre, fait_main, feu, matiere, note"}',
    'but no others'
);
select is(
    tests.found(category_slug => 'electronique', specifications => '{"ecran": 6.5}'),
    'TEL-001',
    'a category without attributes has free specifications'
);

-- Order.
select is(
    tests.found(sort => 'price_asc'),
    'BOX-001 TAJ-026 SHO-001 TAJ-032 THE-001 TAJ-100 TEL-001',
    'cheapest first'
);
select is(
    tests.found(sort => 'price_desc'),
    'TEL-001 TAJ-100 SHO-001 THE-001 TAJ-032 TAJ-026 BOX-001',
    'dearest first'
);
select is(
    tests.found(sort => 'name'),
    'SHO-001 BOX-001 TAJ-100 TAJ-032 TEL-001 TAJ-026 THE-001',
    'by name, accents aside'
);
select is(tests.found('tajine', sort => 'price_desc'), 'TEL-001 TAJ-032 TAJ-026 BOX-001', 'a search in another order');

-- Pages.
select is(tests.found(sort => 'price_asc', page_size => 3), 'BOX-001 TAJ-026 SHO-001', 'the first page');
select is(tests.found(sort => 'price_asc', page => 3, page_size => 3), 'TEL-001', 'the last page');
select is(tests.found(page => 4, page_size => 3), null, 'a page after the last');
select tests.clear_authentication();
insert into public.products (sku, slug, name, price)
select 'MORE-' || number, 'more-' || number, 'More', 1
from generate_series(1, 30) as number;
select tests.authenticate_as_anon();
select is((select count(*) from public.search_products('more', page => 1)), 20::bigint, 'a page has 20 products unless asked otherwise');
select is((select count(*) from public.search_products('more')), 30::bigint, 'without a page all matches come, for the request to count and page');
select tests.clear_authentication();
insert into public.products (sku, slug, name, price)
select 'MANY-' || number, 'many-' || number, 'Many', 1
from generate_series(1, 1001) as number;
select tests.authenticate_as_anon();
select is((select count(*) from public.search_products('many')), 1000::bigint, 'but no more than 1000');
select is(
    (select count(*) from public.search_products('many', page => 11, page_size => 100)),
    1::bigint,
    'which a page is not held to'
);
select results_eq(
    $$
        select sku from public.search_products(category_slug => 'maison') where price > 240 order by price limit 2
    $$,
    array['TAJ-032', 'THE-001'],
    'so a frontend can page by key'
);

-- Bad input.
select is(
    tests.error_details($$
        select tests.found(
            repeat('q', 201), repeat('c', 101), repeat('b', 101), -1, 'NaN', true, '[]', 'cheapest', 0, 101
        )
    $$),
    '{
        "q": "is too long (at most 200 characters)",
        "category_slug": "is too long (at most 100 characters)",
        "brand": "is too long (at most 100 characters)",
        "min_price": "must be at least 0",
        "max_price": "must be at most 99999999.99",
        "specifications": "must be an object of key to value or to array of values",
        "sort": "must be one of: relevance, newest, price_asc, price_desc, name",
        "page": "must be at least 1",
        "page_size": "must be at most 100"
    }',
    'all faults of a search come in one answer'
);
select is(
    tests.error_details($$select tests.found(min_price => 2, max_price => 1)$$),
    '{"max_price": "must not be below min_price"}',
    'prices the wrong way round are refused'
);
select is(
    (
        tests.error($$
            select tests.found(repeat('q', 201), min_price => -1, max_price => 'NaN', specifications => '[]', sort => 'cheapest', page => 0)
        $$) ->> 'hint'
    )::jsonb,
    '{
        "q": ["too_long", 200],
        "min_price": ["below", 0],
        "max_price": ["above", 99999999.99],
        "specifications": ["not_object"],
        "sort": ["one_of", "relevance", "newest", "price_asc", "price_desc", "name"],
        "page": ["below", 1]
    }',
    'in codes for programs'
);
select is(
    (
        tests.error($$
            select tests.found(category_slug => 'maison', min_price => 2, max_price => 1, specifications => '{"ecran": 6.5, "feu": []}')
        $$) ->> 'hint'
    )::jsonb,
    '{"max_price": ["order", "min_price"], "specifications.ecran": ["unknown_key"], "specifications.feu": ["required"]}',
    'which name the other price, and what the category does not know'
);
select is(
    tests.error_details($$select tests.found(specifications => '{"a": {"b": 1}, "c": [], "d": [{}], "e": null}')$$),
    '{
        "specifications.a": "must be a text, a number, a boolean or an array of them",
        "specifications.c": "is required",
        "specifications.d": "must be a text, a number, a boolean or an array of them",
        "specifications.e": "is required"
    }',
    'specifications that are no values are refused'
);
select is(
    tests.error_code($$select tests.found(specifications => jsonb_build_object('a', repeat('x', 20000)))$$),
    'invalid_input',
    'and too large ones'
);
select is(
    tests.found(category_slug => ''' or true --', brand => '%'),
    null,
    'SQL in a filter is text'
);
select is(
    tests.found(specifications => '{"x'' or true --": "y'' or true --", "%s": "%I"}'),
    null,
    'in specifications too'
);

select * from finish();
rollback;
