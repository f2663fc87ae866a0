-- Texts in the language the request asks for.
begin;
select plan(21);

select tests.create_search_shop();
select tests.authenticate_as_anon();

-- The name of TAJ-026 (French, with Arabic and English translations) for an Accept-Language header.
create function pg_temp.name_in(accept_language text)
    returns text
    volatile
    language plpgsql
    as $$
begin
    perform tests.set_headers(jsonb_build_object('accept-language', name_in.accept_language));
    return (select public.localised_name(products) from public.products where sku = 'TAJ-026');
end;
$$;

select is(pg_temp.name_in(null), 'Tajine émaillé 26 cm', 'without a language a text is as it was written');
select is(pg_temp.name_in('en'), 'Glazed tagine', 'a language that there is');
select is(pg_temp.name_in('en-GB,en;q=0.9'), 'Glazed tagine', 'with a region');
select is(pg_temp.name_in('AR'), 'طاجين مطلي', 'in any case');
select is(pg_temp.name_in('en;q=0.5, ar;q=0.9'), 'طاجين مطلي', 'the best liked one');
select is(pg_temp.name_in('de, en;q=0.5'), 'Glazed tagine', 'the next where the first is missing');
select is(pg_temp.name_in('de'), 'Tajine émaillé 26 cm', 'the original where none is there');
select is(pg_temp.name_in('fr, en;q=0.5'), 'Tajine émaillé 26 cm', 'the original where its language is liked better');
select is(pg_temp.name_in('en;q=0'), 'Tajine émaillé 26 cm', 'not one that is refused');
select is(pg_temp.name_in('*'), 'Tajine émaillé 26 cm', 'any language is the store''s first');
select is(pg_temp.name_in(';;,en;q=x,"'), 'Tajine émaillé 26 cm', 'a header that makes no sense is none');

select tests.set_headers('{"accept-language": "en"}');
select is(
    (
        select array[
            public.localised_short_description(products),
            public.localised_description(products),
            public.localised_meta_title(products),
            public.localised_meta_description(products)
        ]
        from public.products
        where sku = 'TAJ-026'
    ),
    array['Terre cuite, pour quatre personnes.', null, null, null],
    'each text falls back by itself'
);
select is(
    (select array_agg(public.localised_name(categories) order by slug) from public.categories where slug in ('maison', 'cuisine')),
    array['Cuisine', 'Home'],
    'categories have languages too'
);
select is(public.category_tree() -> 0 ->> 'name', 'Home', 'so has the category tree');
select is(
    (select entry ->> 'name' from jsonb_array_elements(public.product_facets() -> 'categories') as entry where entry ->> 'slug' = 'maison'),
    'Home',
    'and the facet of categories'
);
select tests.clear_authentication();
insert into public.products (sku, slug, name, price, brand, translations)
values
    ('ORD-1', 'ord-1', 'Ancre', 1, 'Ordre', '{"en": {"name": "Zebra"}, "ar": {"name": "ميم"}}'),
    ('ORD-2', 'ord-2', 'Bol', 1, 'Ordre', '{"en": {"name": "Apple"}, "ar": {"name": " "}}'),
    ('ORD-3', 'ord-3', 'Cube', 1, 'Ordre', '{"ar": {"name": "ألف"}}');
select tests.authenticate_as_anon();

-- SKUs by name in a language.
create function pg_temp.sorted_in(accept_language text)
    returns text
    volatile
    language plpgsql
    as $$
begin
    perform tests.set_headers(jsonb_build_object('accept-language', sorted_in.accept_language));
    return tests.found(brand => 'Ordre', sort => 'name');
end;
$$;
select is(pg_temp.sorted_in(null), 'ORD-1 ORD-2 ORD-3', 'lists are sorted by the name as it was written');
select is(pg_temp.sorted_in('en'), 'ORD-2 ORD-3 ORD-1', 'or by the name shown: translated where it is');
select is(pg_temp.sorted_in('ar'), 'ORD-2 ORD-3 ORD-1', 'in any language');
select is(pg_temp.sorted_in('ar, en;q=0.5'), 'ORD-2 ORD-3 ORD-1', 'or the next best one');
select is(tests.found(brand => 'Ordre', sort => 'name', page => 2, page_size => 1), 'ORD-3', 'page by page');
select tests.clear_authentication();
select public.admin_update_settings('{"store.languages": ["fr"]}');
select is(pg_temp.name_in('en'), 'Tajine émaillé 26 cm', 'languages the store has given up are not used');

select * from finish();
rollback;
