-- SKUs and slugs: whose they are, and what upserts find.
begin;
select plan(14);

select tests.create_user('admin@example.com', 'admin');
select tests.create_product('LAMP-1', 120, 0);
select tests.create_product('GONE-1', 120, 0);
update public.products set deleted_at = now() where sku = 'GONE-1';
insert into public.products (parent_id, sku, slug, price, options)
values (tests.product('LAMP-1'), 'LAMP-1-S', 'lamp-1-s', 120, '{"size": "S"}');
select tests.authenticate_as(tests.user_id('admin@example.com'));

create function pg_temp.add(sku text, slug text)
    returns void
    language sql
    as $$
    insert into public.products (sku, name, slug, price) values (add.sku, 'New', add.slug, 1);
$$;
create function pg_temp.upsert(sku text, price numeric, parent uuid default null, options jsonb default null)
    returns void
    language sql
    as $$
    insert into public.products (sku, name, slug, price, parent_id, options)
    values (upsert.sku, 'New', 'new-' || lower(upsert.sku), upsert.price, upsert.parent, upsert.options)
    on conflict (sku) do update set price = excluded.price, name = excluded.name;
$$;

select is(
    tests.error_details($$select pg_temp.add('GONE-1', 'product-gone-1')$$),
    '{"sku": "belongs to a deleted product; restore it", "slug": "belongs to a deleted product; restore it"}',
    'what was deleted keeps its SKU and slug, and says so'
);
select is(
    (tests.error($$select pg_temp.add('gone-1', 'product-gone-1')$$) ->> 'hint')::jsonb,
    '{"sku": ["deleted"], "slug": ["deleted"]}',
    'in any case, and for programs'
);
select is(
    tests.error_details($$update public.products set sku = 'GONE-1' where sku = 'LAMP-1'$$),
    '{"sku": "belongs to a deleted product; restore it"}',
    'a product cannot take them over either'
);
select is(
    tests.error_details($$select pg_temp.add('lamp-1', 'lamp')$$),
    '{"sku": "is taken, written LAMP-1"}',
    'SKUs that differ by their case are one'
);
select throws_like(
    $$select pg_temp.add('LAMP-1', 'lamp')$$,
    '%products_sku_unique%',
    'the same SKU meets the constraint that names its column'
);
select lives_ok($$update public.products set sku = 'Lamp-1' where sku = 'LAMP-1'$$, 'a product may change the case of its own');
update public.products set sku = 'LAMP-1' where sku = 'Lamp-1';
select lives_ok(
    $$
        update public.products set deleted_at = null, name = 'Back' where sku = 'GONE-1';
        update public.products set deleted_at = now() where sku = 'GONE-1'
    $$,
    'a deleted product is changed and restored under its SKU'
);
select lives_ok($$select pg_temp.upsert('LAMP-1', 99)$$, 'an upsert by SKU finds its product');
select is((select price from public.products where sku = 'LAMP-1'), 99.00, 'and changes it');
select lives_ok(
    $$select pg_temp.upsert('LAMP-1-S', 98, tests.product('LAMP-1'), '{"size": "S"}')$$,
    'one of a variant does not take it for another with the same options'
);
select is(
    tests.error_details($$select pg_temp.upsert('GONE-1', 99)$$),
    '{"sku": "belongs to a deleted product; restore it"}',
    'one does not write into what was deleted'
);
select is(
    tests.error_details($$select pg_temp.add(repeat('A', 51), 'x')$$),
    '{"sku": "is too long (at most 50 characters)"}',
    'an SKU has at most 50 characters'
);
select lives_ok($$select pg_temp.add(' TRIM-1' || U&'\00a0', ' trim-1 ')$$, 'blanks around an SKU and a slug are dropped');
select tests.clear_authentication();
alter table public.products disable trigger validate;
select throws_like($$select pg_temp.add('lamp-1', 'lamp')$$, '%products_sku_lower_unique%', 'the constraint has the last word on the case');

select * from finish();
rollback;
