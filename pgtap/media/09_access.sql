-- The bucket of pictures: everybody fetches what they know, nobody but the secret key lists, writes or removes.
begin;
select plan(14);

select tests.create_user('owner@example.com');
select tests.create_user('other@example.com');
select tests.create_user('admin@example.com', 'admin');

select results_eq(
    $$ select name, public, file_size_limit, allowed_mime_types from storage.buckets where id = 'product-images' $$,
    $$ values ('product-images', true, 10485760::bigint, array['image/jpeg', 'image/png', 'image/webp']) $$,
    'pictures have a public bucket, for JPEG, PNG and WebP of at most 10 MiB'
);
select is(
    (select relrowsecurity from pg_class where oid = 'storage.objects'::regclass),
    true,
    'row security guards its objects'
);
select is_empty(
    $$ select policyname from pg_policies where schemaname = 'storage'
    and (coalesce(qual, '') || coalesce(with_check, '')) ~ 'product-images' $$,
    'and no policy lets anybody through'
);

insert into storage.objects (bucket_id, name)
values ('product-images', 'access/there.webp');
-- Visitor, customer, another customer, admin, secret key.
select is(
    tests.outcomes($$ select from storage.objects where bucket_id = 'product-images' $$),
    array['no rows', 'no rows', 'no rows', 'no rows', 'rows'],
    'only the secret key lists pictures'
);
select is(
    tests.outcomes($$ select from storage.search('access/', 'product-images') $$),
    array['no rows', 'no rows', 'no rows', 'no rows', 'rows'],
    'also by Storage''s own search'
);
select is(
    tests.outcomes($$ insert into storage.objects (bucket_id, name) values ('product-images', 'access/new.webp') $$),
    array['42501', '42501', '42501', '42501', 'rows'],
    'only the secret key adds one'
);
select is(
    tests.outcomes($$ update storage.objects set name = 'access/moved.webp' where name = 'access/there.webp' $$),
    array['no rows', 'no rows', 'no rows', 'no rows', 'rows'],
    'or changes one'
);
set local storage.allow_delete_query = 'true';
select is(
    tests.outcomes($$ delete from storage.objects where name = 'access/there.webp' $$),
    array['no rows', 'no rows', 'no rows', 'no rows', 'rows'],
    'or removes one'
);
select is(
    tests.outcomes($$ update storage.buckets set public = false where id = 'product-images' $$),
    array['no rows', 'no rows', 'no rows', 'no rows', 'rows'],
    'or changes the bucket'
);

-- The door functions, the same way.
select is(
    tests.outcomes($$ select public.announce_uploads(array['access/x']) $$),
    array['42501', '42501', '42501', '42501', 'rows'],
    'only the secret key announces uploads'
);
insert into private.storage_uploads (path, state)
values ('access/gone', 'remove');
select is(
    tests.outcomes('select * from public.claim_storage_removals()'),
    array['42501', '42501', '42501', '42501', 'rows'],
    'claims removals'
);
select is(
    tests.outcomes($$ select public.confirm_storage_removals(array['access/gone']) $$),
    array['42501', '42501', '42501', '42501', 'rows'],
    'and confirms them'
);

-- Pictures themselves.
select tests.create_product('SEEN', 10.00);
insert into public.product_images (product_id, url, storage_path)
values (tests.product('SEEN'), '/seen.webp', 'access/seen.webp');
select is(
    tests.outcomes($$ select variants from public.product_images where storage_path = 'access/seen.webp' $$),
    array['rows', 'rows', 'rows', 'rows', 'rows'],
    'everybody reads the sizes of pictures on show'
);
select is(
    tests.outcomes($$ update public.product_images set variants = '[]' where storage_path = 'access/seen.webp' $$),
    array['42501', 'no rows', 'no rows', 'rows', 'rows'],
    'admins and the secret key write them'
);

select * from finish();
rollback;
