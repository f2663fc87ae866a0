-- No object in Storage is left without a picture: uploads are announced, and what is left behind is queued for removal.
begin;
select plan(51);

delete from private.storage_uploads;
select tests.create_product('PICTURED', 100.00);
select tests.create_product('OTHER', 50.00, 0);
select tests.create_user('media-admin@example.com', 'admin') as admin
\gset

-- The paths that are given out now, in order.
create function pg_temp.claim(max_paths integer default 100) returns text[] language sql as $$
    select coalesce(array_agg(path order by path), '{}') from public.claim_storage_removals(max_paths);
$$;
-- What is on the list, as path:state, in order.
create function pg_temp.list() returns text[] stable security definer language sql as $$
    select coalesce(array_agg(path || ':' || state order by path), '{}') from private.storage_uploads;
$$;
create function pg_temp.wait(path text, how_long interval) returns void volatile security definer language sql as $$
    update private.storage_uploads set lease_until = lease_until - how_long where storage_uploads.path = wait.path;
$$;
create function pg_temp.add(path text, sku text default 'PICTURED', variants text[] default '{}') returns void language sql as $$
    insert into public.product_images (product_id, url, storage_path, variants)
    values (tests.product(sku), '/' || path, path, coalesce((
        select jsonb_agg(jsonb_build_object('width', 1, 'height', 1, 'url', '/' || size, 'storage_path', size))
        from unnest(variants) as size
    ), '[]'));
$$;
grant execute on all functions in schema pg_temp to public;

-- Announcing.
select tests.authenticate_as_service();
select is(tests.error_code($$ select public.announce_uploads(array['a/big', 'a/mid', 'a/small', 'a/small']) $$), null, 'uploads are announced');
select is(pg_temp.list(), array['a/big:pending', 'a/mid:pending', 'a/small:pending'], 'each object once');
select is(pg_temp.claim(), '{}', 'and belong to the uploader');
select tests.clear_authentication();
select is(
    (select array_agg(distinct lease_until - now()) from private.storage_uploads),
    array[interval '15 minutes'],
    'for 15 minutes'
);
select is((select array_agg(distinct bucket) from private.storage_uploads), array['product-images'], 'in the bucket of pictures');
select tests.authenticate_as_service();
select is(tests.error_details('select public.announce_uploads(null)'), '{"paths": "is required"}', 'nothing is no announcement');
select is(tests.error_details($$ select public.announce_uploads('{}') $$), '{"paths": "is required"}', 'nor an empty list');
select is(tests.error_details($$ select public.announce_uploads(array['x', null]) $$), '{"paths": "has an empty entry"}', 'nor a hole in one');
select is(
    tests.error_details($$ select public.announce_uploads(array['x', '../y']) $$),
    '{"paths": "../y is not the name of an object in Storage"}',
    'a path is an object''s name'
);
select is(
    tests.error_details($$ select public.announce_uploads(array(select 'x' || n from generate_series(1, 101) as n)) $$),
    '{"paths": "has too many entries (at most 100)"}',
    'and a list has its limit'
);
select is(cardinality(pg_temp.list()), 3, 'of a refused list nothing is announced');
select pg_temp.wait('a/big', '10 minutes');
select public.announce_uploads(array['a/big']);
select pg_temp.wait('a/big', '10 minutes');
select is(pg_temp.claim(), '{}', 'to announce again gives another 15 minutes');

-- Attaching.
select pg_temp.add('a/big', variants => array['a/mid', 'a/small']);
select is(pg_temp.list(), '{}', 'a picture takes its objects off the list, of every size');
select is(tests.error_code($$ select pg_temp.add('never/announced') $$), null, 'one whose object was not announced is stored as well');
select is(pg_temp.list(), '{}', 'and lists nothing');

-- Abandoned uploads.
select public.announce_uploads(array['b/big', 'b/small', 'c/late']);
select pg_temp.wait('b/big', '15 minutes');
select pg_temp.wait('b/small', '14 minutes');
select is(pg_temp.claim(), array['b/big'], 'what is not attached in time is given out for removal');
select is(pg_temp.claim(), '{}', 'to one only');
select pg_temp.wait('b/big', '4 minutes 59 seconds');
select is(pg_temp.claim(), '{}', 'for five minutes');
select pg_temp.wait('b/big', '1 second');
select is(pg_temp.claim(), array['b/big'], 'and then to the next');
select is(
    tests.error_details($$ select pg_temp.add('b/big') $$),
    '{"storage_path": "is being removed from Storage"}',
    'what is being removed can''t be attached any more'
);
select is(
    tests.error_details($$ select pg_temp.add('d/new', variants => array['b/big']) $$),
    '{"storage_path": "is being removed from Storage"}',
    'in any size'
);
select is(
    tests.error_details($$ update public.product_images set storage_path = 'b/big' where storage_path = 'a/big' $$),
    '{"storage_path": "is being removed from Storage"}',
    'nor by a change'
);
select is(
    tests.error_details($$ select public.announce_uploads(array['b/big', 'd/new']) $$),
    '{"paths": "has an object that is being removed from Storage"}',
    'nor announced'
);
select is(public.confirm_storage_removals(array['b/big', 'no/such']), 1, 'what is gone is confirmed');
select is(pg_temp.list(), array['b/small:pending', 'c/late:pending'], 'and off the list');
select is(tests.error_code($$ select public.announce_uploads(array['b/big']) $$), null, 'then its name is free');
select is(public.confirm_storage_removals(array['b/big', 'b/small']), 2, 'an uploader that failed confirms what it removed itself');
select is(public.confirm_storage_removals('{}'), 0, 'nothing is confirmed by nothing');
select is(tests.error_details('select public.confirm_storage_removals(null)'), '{"paths": "is required"}', 'and null is no list');
select pg_temp.wait('c/late', '20 minutes');
select pg_temp.add('c/late');
select is(pg_temp.list(), '{}', 'an upload that is late but not claimed is attached');

-- Deleting and replacing.
select tests.authenticate_as(:'admin');
select is(
    tests.rows_of($$ delete from public.product_images where storage_path = 'a/big' returning 1 $$),
    1::bigint,
    'an admin deletes a picture'
);
select is(
    pg_temp.list(),
    array['a/big:remove', 'a/mid:remove', 'a/small:remove'],
    'whose objects are to be removed, in every size'
);
select tests.authenticate_as_service();
select is(pg_temp.claim(2), array['a/big', 'a/mid'], 'at once, as many as are asked for');
select is(pg_temp.claim(), array['a/small'], 'each once');
select is(public.confirm_storage_removals(array['a/big', 'a/mid', 'a/small']), 3, 'until all are gone');
select pg_temp.add('e/one', variants => array['e/two', 'e/three']);
update public.product_images set alt = 'A lamp', variants = variants where storage_path = 'e/one';
select is(pg_temp.list(), '{}', 'a change of something else leaves objects alone');
update public.product_images
set variants = jsonb_build_array(variants -> 0, '{"width": 9, "height": 9, "url": "/e/four", "storage_path": "e/four"}'::jsonb)
where storage_path = 'e/one';
select is(pg_temp.list(), array['e/three:remove'], 'a size that is replaced is to be removed');
update public.product_images set storage_path = 'e/five' where storage_path = 'e/one';
select is(pg_temp.list(), array['e/one:remove', 'e/three:remove'], 'and so is the picture itself');
update public.product_images set storage_path = null, variants = '[]' where storage_path = 'e/five';
select is(
    pg_temp.claim(),
    array['e/five', 'e/four', 'e/one', 'e/three', 'e/two'],
    'a picture that is kept elsewhere from now on leaves all behind'
);
select public.confirm_storage_removals(array['e/five', 'e/four', 'e/one', 'e/three', 'e/two']);
select pg_temp.add('f/back');
delete from public.product_images where storage_path = 'f/back';
select pg_temp.add('f/back', 'OTHER');
select is(pg_temp.list(), '{}', 'what was deleted by mistake can be attached again before its removal begins');

-- Objects that several pictures share.
select pg_temp.add('f/back');
delete from public.product_images where storage_path = 'f/back' and product_id = tests.product('OTHER');
select is(pg_temp.claim(), '{}', 'an object that another picture has is not removed');
delete from public.product_images where storage_path = 'f/back';
select is(pg_temp.claim(), array['f/back'], 'but with the last of them');
select pg_temp.wait('f/back', '5 minutes');
select tests.clear_authentication();
alter table public.product_images disable trigger follow_new_paths;
select pg_temp.add('g/other', variants => array['f/back']);
alter table public.product_images enable trigger follow_new_paths;
select is(pg_temp.claim(), '{}', 'whatever the list says, also in a smaller size');

-- With the product.
select pg_temp.add('h/one', 'OTHER');
delete from private.storage_uploads;
delete from public.products where id = tests.product('OTHER');
select is(pg_temp.list(), array['h/one:remove'], 'what goes with its product is to be removed as well');

select tests.authenticate_as_service();
select is(
    array[
        tests.error_code('select public.claim_storage_removals(0)'), tests.error_code('select public.claim_storage_removals(1001)'),
        tests.error_code('select public.claim_storage_removals(null)')
    ],
    array['invalid_input', 'invalid_input', 'invalid_input'],
    'from 1 to 1000 paths are given out'
);

-- An index finds the picture of an object.
select tests.clear_authentication();
set local enable_seqscan = off;
create function pg_temp.plan_of(query text) returns text language plpgsql as $$
declare
    line text;
    lines text := '';
begin
    for line in execute 'explain ' || query loop
        lines := lines || line || E'\n';
    end loop;
    return lines;
end;
$$;
select matches(
    pg_temp.plan_of($$ select from public.product_images where private.image_paths(storage_path, variants) @> array['x'] $$),
    'product_images_paths_idx',
    'the picture of an object is found by an index'
);

-- Nobody else.
create function pg_temp.calls() returns text[] language sql as $$
    select array[
        tests.error_code($do$ select public.announce_uploads(array['x']) $do$),
        tests.error_code($do$ select public.claim_storage_removals() $do$),
        tests.error_code($do$ select public.confirm_storage_removals(array['x']) $do$),
        tests.error_code($do$ select private.confirm_storage_removals(array['x']) $do$),
        tests.error_code($do$ select * from private.storage_uploads $do$)
    ];
$$;
grant execute on function pg_temp.calls to public;
select tests.authenticate_as_anon();
select is(pg_temp.calls(), array_fill('42501'::text, array[5]), 'visitors have no part in it');
select tests.authenticate_as(:'admin');
select is(pg_temp.calls(), array_fill('42501'::text, array[5]), 'nor admins, who write pictures only');
select tests.authenticate_as_service();
select is(tests.error_code('select * from private.storage_uploads'), '42501', 'the service reads the list through functions only');
select is(tests.error_code('select private.follow_image_paths()'), '42501', 'and does not run the trigger itself');
select tests.clear_authentication();
select tests.create_user('media-customer@example.com') as customer
\gset
select tests.authenticate_as(:'customer');
select is(pg_temp.calls(), array_fill('42501'::text, array[5]), 'nor customers');

select * from finish();
rollback;
