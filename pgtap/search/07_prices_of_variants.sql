-- A product with variants has their prices, and none of its own.
begin;
select plan(33);

select tests.create_search_shop();
-- TAB at 500 of its own has a small one at 150 and a large one at 2000; LIT has one variant that is not on sale.
insert into public.products (sku, slug, name, price, category_id)
select item.sku, lower(item.sku), item.name, item.price, categories.id
from (
    values ('TAB', 'Tabouret', 500), ('LIT', 'Lit', 1), ('POT', 'Seau', 400)
) as item (sku, name, price)
inner join public.categories on categories.slug = 'electronique';
insert into public.products (parent_id, sku, slug, price, options, is_active)
select tests.product(variant.parent), variant.sku, lower(variant.sku), variant.price, variant.options::jsonb, variant.is_active
from (
    values
        ('TAB', 'TAB-S', 150, '{"taille": "S"}', true),
        ('TAB', 'TAB-L', 2000, '{"taille": "L"}', true),
        ('LIT', 'LIT-1', 3000, '{"taille": "S"}', false)
) as variant (parent, sku, price, options, is_active);
select tests.authenticate_as_anon();

create function pg_temp.sorted(sort text)
    returns text
    language sql
    as $$
    select tests.found(category_slug => 'electronique', sort => sorted.sort);
$$;

create function pg_temp.prices(q text)
    returns jsonb
    language sql
    as $$
    select public.product_facets(prices.q) -> 'price';
$$;

-- Order.
select is(pg_temp.sorted('price_asc'), 'TAB SHO-001 POT TEL-001 LIT', 'cheapest first: by the cheapest variant on sale');
select is(pg_temp.sorted('price_desc'), 'TEL-001 TAB POT SHO-001 LIT', 'dearest first: by the dearest; last what has none on sale');

-- Range.
select is(tests.found('tabouret', min_price => 100, max_price => 200), 'TAB', 'found by a variant in range');
select is(tests.found('tabouret', min_price => 1500, max_price => 2500), 'TAB', 'or by another');
select is(tests.found('tabouret', min_price => 400, max_price => 600), null, 'not by its own price');
select is(tests.found('tabouret', min_price => 200, max_price => 1900), null, 'nor between its variants');
select is(tests.found('tabouret', max_price => 150), 'TAB', 'up to a price');
select is(tests.found('tabouret', max_price => 149), null, 'that the cheapest exceeds');
select is(tests.found('tabouret', min_price => 2000), 'TAB', 'from a price on');
select is(tests.found('tabouret', min_price => 2001), null, 'that the dearest does not reach');
select is(tests.found('lit', max_price => 5000), null, 'what is not on sale is found by no price');
select is(tests.found('lit'), 'LIT', 'but without one');
select is(tests.found('tabouret', min_price => 100, specifications => '{"matiere": "bois"}'), null, 'beside other filters');
select tests.clear_authentication();
update public.products set specifications = '{"matiere": "bois"}' where sku = 'TAB-S';
update public.products set specifications = '{"matiere": "fer"}' where sku = 'TAB-L';
select public.admin_adjust_stock(tests.product('TAB-L'), 1);
select tests.authenticate_as_anon();
select is(tests.found(max_price => 200, specifications => '{"matiere": "bois"}'), 'TAB', 'one variant meets all filters');
select is(tests.found(max_price => 200, specifications => '{"matiere": "fer"}'), null, 'two together do not');
select is(tests.found('tabouret', max_price => 200, in_stock => true), null, 'not for stock either');
select is(tests.found('tabouret', min_price => 1000, in_stock => true), 'TAB', 'where one does');
select is(tests.found('tabouret', min_price => 200, in_stock => true, specifications => '{"matiere": "bois"}'), null, 'all three');

-- Facets.
select is(pg_temp.prices('tabouret'), '{"min": 150, "max": 2000}', 'facets have the prices of variants');
select is(pg_temp.prices('lit'), '{"min": null, "max": null}', 'of those on sale');
select is(pg_temp.prices('seau'), '{"min": 400, "max": 400}', 'a product without variants has its own');
select is((public.product_facets('tabouret', min_price => 400, max_price => 600) ->> 'total')::integer, 0, 'total as search finds');
select is((public.product_facets('tabouret', max_price => 200) ->> 'total')::integer, 1, 'by a variant''s price too');

-- Changes.
select tests.clear_authentication();
update public.products set price = 170 where sku = 'TAB-S';
select is(pg_temp.prices('tabouret'), '{"min": 170, "max": 2000}', 'a variant''s new price counts');
update public.products set price = 10 where sku = 'TAB';
select is(pg_temp.prices('tabouret'), '{"min": 170, "max": 2000}', 'the product''s own does not');
update public.products set is_active = false where sku = 'TAB-L';
select is(pg_temp.prices('tabouret'), '{"min": 170, "max": 170}', 'nor does a variant that is hidden');
update public.products set deleted_at = now() where sku = 'TAB-S';
select is(pg_temp.prices('tabouret'), '{"min": null, "max": null}', 'or withdrawn');
update public.products set deleted_at = now() where sku = 'TAB-L';
select is(pg_temp.prices('tabouret'), '{"min": 10, "max": 10}', 'without variants it is sold itself again');
update public.products set price = 20 where sku = 'TAB';
select is(pg_temp.prices('tabouret'), '{"min": 20, "max": 20}', 'at its own price');
update public.products set deleted_at = null, is_active = true where sku in ('TAB-S', 'TAB-L');
select is(pg_temp.prices('tabouret'), '{"min": 170, "max": 2000}', 'with them it has theirs');
insert into public.products (parent_id, sku, slug, price, options) values (tests.product('TAB'), 'TAB-M', 'tab-m', 99, '{"taille": "M"}');
select is(pg_temp.prices('tabouret'), '{"min": 99, "max": 2000}', 'a new variant counts at once');
update public.products set price = price * 2 where sku like 'TAB-%';
select is(pg_temp.prices('tabouret'), '{"min": 198, "max": 4000}', 'so do several in one statement');
delete from public.inventory where product_id = tests.product('TAB-M');
delete from public.products where sku = 'TAB-M';
select is(pg_temp.prices('tabouret'), '{"min": 340, "max": 4000}', 'and one that is removed by its owner');

select * from finish();
rollback;
