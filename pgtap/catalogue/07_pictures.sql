-- Pictures: which one is primary.
begin;
select plan(9);

select tests.create_product('LAMP', 120, 0);
select tests.create_product('VASE', 120, 0);
create function pg_temp.primary_of(sku text)
    returns text[]
    language sql
    as $$
    select coalesce(array_agg(url order by url), '{}')
    from public.product_images
    where product_id = tests.product(primary_of.sku) and is_primary;
$$;

insert into public.product_images (product_id, url, sort_order) values (tests.product('LAMP'), '/3.webp', 3);
select is(pg_temp.primary_of('LAMP'), '{/3.webp}'::text[], 'a product''s first picture is primary');
insert into public.product_images (product_id, url, sort_order)
values
    (tests.product('LAMP'), '/2.webp', 2),
    (tests.product('LAMP'), '/1.webp', 1),
    (tests.product('VASE'), '/v1.webp', 0),
    (tests.product('VASE'), '/v2.webp', 0);
select is(pg_temp.primary_of('LAMP'), '{/3.webp}'::text[], 'those that come later are not');
select is(pg_temp.primary_of('VASE'), '{/v1.webp}'::text[], 'of several at once the first is');
delete from public.product_images where url = '/3.webp';
select is(pg_temp.primary_of('LAMP'), '{/1.webp}'::text[], 'when the primary picture goes, the next in order is primary');
delete from public.product_images where url = '/2.webp';
select is(pg_temp.primary_of('LAMP'), '{/1.webp}'::text[], 'another one may go without any change');
update public.product_images set is_primary = false where url = '/1.webp';
select is(pg_temp.primary_of('LAMP'), '{/1.webp}'::text[], 'the only picture stays primary');
update public.product_images set product_id = tests.product('LAMP') where url = '/v1.webp';
select is(
    pg_temp.primary_of('LAMP') || pg_temp.primary_of('VASE'),
    '{/v1.webp,/v2.webp}'::text[],
    'a primary picture that moves to another product is primary there, and leaves its place to the next'
);
delete from public.product_images where product_id = tests.product('LAMP');
select is(pg_temp.primary_of('LAMP'), '{}'::text[], 'without pictures there is none');
alter table public.product_images disable trigger validate;
select throws_like(
    $$insert into public.product_images (product_id, url, is_primary) values (tests.product('VASE'), '/v3.webp', true)$$,
    '%product_images_primary_unique%',
    'the index has the last word'
);

select * from finish();
rollback;
