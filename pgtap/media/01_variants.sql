-- A picture's smaller sizes.
begin;
select plan(20);

select tests.create_product('PICTURED', 100.00);
create function pg_temp.add(variants jsonb) returns text language sql as $$
    select coalesce(tests.error(format(
        'insert into public.product_images (product_id, url, variants) values (%L, %L, %L)',
        tests.product('PICTURED'), 'https://example.com/big.webp', variants
    )) ->> 'details', 'stored');
$$;
-- A size as it should be, with changes.
create function pg_temp.size(changes jsonb default '{}') returns jsonb language sql as $$
    select jsonb_build_array(
        '{"width": 400, "height": 300, "url": "https://example.com/small.webp", "storage_path": "products/small.webp"}'::jsonb || changes
    );
$$;

insert into public.product_images (product_id, url)
values (tests.product('PICTURED'), 'https://example.com/plain.webp');
select is(
    (select variants from public.product_images where url = 'https://example.com/plain.webp'),
    '[]',
    'a picture need not have smaller sizes'
);
select is(pg_temp.add(pg_temp.size()), 'stored', 'it may have one');
select is(pg_temp.add(pg_temp.size('{"storage_path": null}')), 'stored', 'kept elsewhere');
select is(pg_temp.add(pg_temp.size() #- '{0,storage_path}'), 'stored', 'or without saying where');
select is(
    pg_temp.add((select jsonb_agg(pg_temp.size() -> 0) from generate_series(1, 5))),
    'stored',
    'or five'
);
select is(
    pg_temp.add((select jsonb_agg(pg_temp.size() -> 0) from generate_series(1, 6))),
    '{"variants": "has too many entries (at most 5)"}',
    'but not more'
);
select is(pg_temp.add('{}'), '{"variants": "must be an array of {width, height, url, storage_path}"}', 'they are a list');
select is(pg_temp.add(null), 'stored', 'which may be missing');
select is(pg_temp.add('[7]'), '{"variants.0": "must be {width, height, url, storage_path}"}', 'of objects');
select is(
    pg_temp.add(pg_temp.size() || pg_temp.size('{"colour": "blue"}')),
    '{"variants.1.colour": "is not a known field"}',
    'that hold nothing else'
);
select is(
    array[
        pg_temp.add(pg_temp.size('{"width": 0}')), pg_temp.add(pg_temp.size('{"width": 100001}')), pg_temp.add(pg_temp.size('{"width": 1.5}')),
        pg_temp.add(pg_temp.size('{"width": "400"}')), pg_temp.add(pg_temp.size('{"width": null}')), pg_temp.add(pg_temp.size() #- '{0,width}')
    ],
    array[
        '{"variants.0.width": "must be at least 1"}', '{"variants.0.width": "must be at most 100000"}',
        '{"variants.0.width": "must be a whole number"}', '{"variants.0.width": "must be a number"}',
        '{"variants.0.width": "is required"}', '{"variants.0.width": "is required"}'
    ],
    'a width is a whole number of pixels'
);
select is(
    array[pg_temp.add(pg_temp.size('{"height": -1}')), pg_temp.add(pg_temp.size('{"height": 1e9}')), pg_temp.add(pg_temp.size('{"height": []}'))],
    array[
        '{"variants.0.height": "must be at least 1"}', '{"variants.0.height": "must be at most 100000"}',
        '{"variants.0.height": "must be a number"}'
    ],
    'and so is a height'
);
select is(pg_temp.add(pg_temp.size('{"width": 1, "height": 100000}')), 'stored', 'from 1 to 100000');
select is(
    pg_temp.add(pg_temp.size('{"url": "javascript:alert(1)"}')),
    '{"variants.0.url": "must be an http(s) address or a path that begins with /"}',
    'an address is one that a browser may load'
);
select is(
    pg_temp.add(pg_temp.size('{"url": "ftp://example.com/x"}')),
    '{"variants.0.url": "must be an http(s) address or a path that begins with /"}',
    'of the web'
);
select is(pg_temp.add(pg_temp.size('{"url": ""}')), '{"variants.0.url": "is required"}', 'and not empty');
select is(pg_temp.add(pg_temp.size('{"url": 7}')), '{"variants.0.url": "must be a text"}', 'but text');
select is(
    array[
        pg_temp.add(pg_temp.size('{"storage_path": "../secret"}')), pg_temp.add(pg_temp.size('{"storage_path": "/root"}')),
        pg_temp.add(pg_temp.size('{"storage_path": ""}')), pg_temp.add(pg_temp.size('{"storage_path": "a\\b"}'))
    ],
    array_fill('{"variants.0.storage_path": "is not the name of an object in Storage"}'::text, array[4]),
    'a path is an object''s name'
);
select is(
    pg_temp.add(pg_temp.size(jsonb_build_object('storage_path', repeat('p', 1001)))),
    '{"variants.0.storage_path": "is too long (at most 1000 characters)"}',
    'of at most 1000 characters'
);
select is(
    tests.error_details($$ update public.product_images set variants = '[null]' where url = 'https://example.com/plain.webp' $$),
    '{"variants.0": "must be {width, height, url, storage_path}"}',
    'a change is held to the same'
);

select * from finish();
rollback;
