-- What search reads of products, and that it is kept in step with them.
begin;
select plan(27);

select tests.create_search_shop();

select hasnt_column('public', 'products', 'search', 'what search reads is no part of a row');
select tests.authenticate_as_anon();
select is(
    (
        select array_agg(key)
        from public.products
        cross join lateral jsonb_object_keys(to_jsonb(products)) as key
        where products.sku = 'TAJ-026' and key like '%search%'
    ),
    null,
    'nor of what visitors read by select=*'
);
select is(tests.error_code('select from private.search_documents'), '42501', 'visitors don''t read documents');
select is(tests.error_code('select from private.search_entries'), '42501', 'or entries');
select tests.clear_authentication();

-- Documents.
create function pg_temp.has_document(sku text)
    returns boolean
    language sql
    as $$
    select exists (select from private.search_documents where product_id = tests.product(has_document.sku));
$$;

select is(pg_temp.has_document('TAJ-026'), true, 'a product has a document');
select is(pg_temp.has_document('SHO-001-38'), true, 'so has a variant');
select is(pg_temp.has_document('PUB-001'), false, 'one that is withdrawn has none');
update public.products set is_active = false where sku = 'TAJ-026';
select is(pg_temp.has_document('TAJ-026'), false, 'nor has a hidden one');
select is(tests.found('personne'), null, 'which is not found');
update public.products set is_active = true where sku = 'TAJ-026';
select is(tests.found('personne'), 'TAJ-026', 'until it is shown again');
update public.products set deleted_at = null where sku = 'PUB-001';
select is(tests.found('retiré'), 'PUB-001', 'as is one that is restored');
update public.products set name = 'Cafetière' where sku = 'BOX-001';
select is(tests.found('cafetiere'), 'BOX-001', 'a new name is found');
select is(tests.found('epices'), null, 'the old one no longer');
update public.products set sku = 'CAF-777' where sku = 'BOX-001';
select is(tests.found('caf777'), 'CAF-777', 'so is a new SKU');
update public.products set translations = '{"en": {"name": "Percolator"}}' where sku = 'CAF-777';
select is(tests.found('percolators'), 'CAF-777', 'and a new translation');
update public.products set name = 'Espadrilles' where sku = 'SHO-001';
select is(tests.found('espadrilles'), 'SHO-001', 'a product''s new name');
select is(
    (select count(*) from private.search_documents where found_as = tests.product('SHO-001') and document @@ 'espadrilles'),
    3::bigint,
    'goes on to its variants'
);
create temporary table written as
select product_id, ctid as place, 'document' as kind from private.search_documents
union all
select product_id, ctid, 'entry' from private.search_entries;
update public.products set weight = 2, meta_title = 'Titre', is_featured = true where sku is not null;
select is_empty(
    $$
        select product_id from private.search_documents where ctid <> (
            select place from written where written.product_id = search_documents.product_id and kind = 'document'
        )
        union all
        select product_id from private.search_entries where ctid <> (
            select place from written where written.product_id = search_entries.product_id and kind = 'entry'
        )
    $$,
    'what search does not read changes nothing'
);

-- The vocabulary.
select is(
    (select count(*) from private.search_vocabulary where word = 'cafetiere'),
    1::bigint,
    'new words come into the vocabulary'
);
select is_empty(
    $$select word from private.search_vocabulary group by word having count(*) > 1$$,
    'each once'
);
select is(tests.found('cafetirre'), 'CAF-777', 'and mend typing errors');

-- Entries.
select is(
    (select count(*) from private.search_entries),
    (select count(*) from public.products),
    'every product has an entry'
);
update public.products set category_id = null where sku = 'CAF-777';
select is(tests.found(category_slug => 'cuisine') like '%CAF-777%', false, 'a product leaves the category it is taken from');
update public.products set brand = 'Safi' where sku = 'CAF-777';
select is(tests.found(brand => 'SAFI'), 'CAF-777', 'and comes into a brand');
update public.products set specifications = '{"volume": 3}' where sku = 'CAF-777';
select is(tests.found(specifications => '{"volume": "3"}'), 'CAF-777', 'and has new specifications');
update public.products set price = 5 where sku = 'CAF-777';
select is(tests.found(max_price => 5), 'CAF-777', 'and a new price');
delete from public.inventory where product_id = tests.product('CAF-777');
delete from public.products where sku = 'CAF-777';
select is(
    (select count(*) from private.search_entries),
    (select count(*) from public.products),
    'one that is removed by its owner has none'
);

select * from finish();
rollback;
