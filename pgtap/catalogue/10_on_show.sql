-- Pictures and variants are on show with their product, by a flag of their row that the database keeps.
begin;
select plan(16);

select tests.create_product('LAMP', 120, 0);
select tests.create_product('LAMP-RED', 120, 0);
insert into public.categories (name, slug) values ('Lampes', 'lampes');
update public.products set parent_id = tests.product('LAMP'), options = '{"couleur": "rouge"}' where sku = 'LAMP-RED';
insert into public.product_images (product_id, url)
values (tests.product('LAMP'), '/lamp.webp'), (tests.product('LAMP-RED'), '/red.webp');

create function pg_temp.seen()
    returns text[]
    language plpgsql
    as $$
declare
    seen text[];
begin
    perform tests.authenticate_as_anon();
    seen := array(select url from public.product_images where url in ('/lamp.webp', '/red.webp', '/new.webp') order by url);
    perform tests.clear_authentication();
    return seen;
end;
$$;

select is(pg_temp.seen(), '{/lamp.webp,/red.webp}'::text[], 'visitors see pictures of products on show');

update public.products set is_active = false where sku = 'LAMP';
select is(pg_temp.seen(), '{}'::text[], 'a product that is taken down takes its variants'' pictures along');
insert into public.product_images (product_id, url) values (tests.product('LAMP'), '/new.webp');
select is(pg_temp.seen(), '{}'::text[], 'a picture added to a hidden product is hidden');
update public.products set is_active = true where sku = 'LAMP';
select is(pg_temp.seen(), '{/lamp.webp,/new.webp,/red.webp}'::text[], 'all come back with it');

update public.products set deleted_at = now() where sku = 'LAMP-RED';
select is(pg_temp.seen(), '{/lamp.webp,/new.webp}'::text[], 'a withdrawn variant hides its own pictures only');
update public.product_images set product_id = tests.product('LAMP-RED') where url = '/new.webp';
select is(pg_temp.seen(), '{/lamp.webp}'::text[], 'a picture that moves to a hidden product is hidden');
update public.product_images set product_id = tests.product('LAMP') where url = '/red.webp';
select is(pg_temp.seen(), '{/lamp.webp,/red.webp}'::text[], 'and one that moves to a product on show is seen');

update public.products
set category_id = (select id from public.categories where slug = 'lampes')
where sku = 'LAMP';
update public.categories set is_active = false where slug = 'lampes';
select is(pg_temp.seen(), '{}'::text[], 'a hidden category hides its products'' pictures');
update public.product_images set is_on_show = true;
select is(pg_temp.seen(), '{}'::text[], 'nobody shows a picture by writing so');
update public.categories set is_active = true where slug = 'lampes';
select is(pg_temp.seen(), '{/lamp.webp,/red.webp}'::text[], 'which come back with the category');

-- Variants are on show with their product in the same way.
create function pg_temp.variants_seen()
    returns text[]
    language plpgsql
    as $$
declare
    seen text[];
begin
    perform tests.authenticate_as_anon();
    seen := array(select sku from public.products where parent_id is not null order by sku);
    perform tests.clear_authentication();
    return seen;
end;
$$;

update public.products set deleted_at = null, category_id = null where sku = 'LAMP-RED';
select is(pg_temp.variants_seen(), '{LAMP-RED}'::text[], 'visitors see variants of products on show');
update public.categories set is_active = false where slug = 'lampes';
select is(pg_temp.variants_seen(), '{}'::text[], 'not of those in a hidden category, whatever their own');
update public.products set is_parent_on_show = true;
select is(pg_temp.variants_seen(), '{}'::text[], 'whoever writes otherwise');
update public.categories set is_active = true where slug = 'lampes';
select is(pg_temp.variants_seen(), '{LAMP-RED}'::text[], 'which come back with the category');
insert into public.products (sku, slug, name, price, is_active, id, parent_id, options)
values
    ('VASE', 'vase', 'Vase', 10, false, '00000000-0000-4000-8000-000000000001', null, null),
    ('VASE-1', 'vase-1', 'Vase', 10, true, gen_random_uuid(), '00000000-0000-4000-8000-000000000001', '{"taille": "1"}');
select is(pg_temp.variants_seen(), '{LAMP-RED}'::text[], 'a product that comes hidden hides the variants that come with it');

create temporary table audited as select count(*) as pictures from public.audit_logs where table_name = 'product_images';
select tests.authenticate_as(tests.create_user('admin@shop.example', 'admin'));
update public.products set is_active = false where sku = 'LAMP';
select tests.clear_authentication();
select is(
    (select count(*) from public.audit_logs where table_name = 'product_images'),
    (select pictures from audited),
    'what follows the product by itself is no write of the admin''s to its pictures'
);

select * from finish();
rollback;
