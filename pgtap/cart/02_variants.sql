-- What is sold is what a customer can see: variants rather than their parent, nothing from hidden shelves.
begin;
select plan(17);

select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('SHIRT', 200.00, 5);
select tests.create_product('CHAIR', 300.00, 5);
insert into public.products (sku, name, slug, price, category_id, parent_id, options)
select 'SHIRT-' || size, 'Shirt ' || size, 'shirt-' || lower(size), 200.00 + extra, parents.category_id, parents.id, jsonb_build_object('size', size)
from public.products as parents
cross join (values ('M', 0), ('L', 10)) as sizes (size, extra)
where parents.sku = 'SHIRT';
select public.admin_adjust_stock(tests.product('SHIRT-M'), 3);
select public.admin_adjust_stock(tests.product('SHIRT-L'), 4);

create function pg_temp.line(cart jsonb, sku text) returns jsonb language sql
    return (select item from jsonb_array_elements(cart -> 'items') as item where item ->> 'sku' = line.sku);
grant execute on function pg_temp.line to authenticated;

select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    (select public.available_stock(products) from public.products where sku = 'SHIRT'),
    7,
    'a product with variants has what its variants have'
);
select is(
    (select public.in_stock(products) from public.products where sku = 'SHIRT'),
    true,
    'and is in stock when one of them is'
);
select is(
    tests.error_code($$select public.add_to_cart(tests.product('SHIRT'), 1)$$),
    'product_unavailable',
    'a product with variants is not added to a cart'
);
select is(tests.error_code($$select tests.place('{"SHIRT": 1}')$$), 'product_unavailable', 'nor ordered');
select is(
    pg_temp.line(public.add_to_cart(tests.product('SHIRT-L'), 2), 'SHIRT-L') - array['id', 'product_id', 'slug', 'name', 'image_url'],
    '{"sku": "SHIRT-L", "options": {"size": "L"}, "quantity": 2, "unit_price": 210.00, "line_total": 420.00, "available": 4, "issue": null}',
    'a variant is, with its options and price'
);
select is(
    (select array_agg(item -> 'options') from jsonb_array_elements(tests.place('{"SHIRT-M": 1}') -> 'items') as item),
    array['{"size": "M"}'::jsonb],
    'an order line keeps the options'
);
select is(
    (select public.available_stock(products) from public.products where sku = 'SHIRT'),
    6,
    'what is reserved of a variant is missing from its parent'
);

-- A cart line never blocks without saying so.
select tests.clear_authentication();
insert into public.product_images (product_id, storage_path, url, is_primary)
values (tests.product('SHIRT'), 'shirt.webp', 'https://cdn.example.com/shirt.webp', true);
update public.products set is_active = false where sku = 'SHIRT-L';
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(pg_temp.line(public.get_cart(), 'SHIRT-L') ->> 'issue', 'unavailable', 'a variant that was withdrawn is unavailable');
select is(
    pg_temp.line(public.get_cart(), 'SHIRT-L') ->> 'image_url',
    'https://cdn.example.com/shirt.webp',
    'a line shows its parent''s picture where it has none'
);
select is(
    tests.error_details('select tests.place(null)'),
    jsonb_build_array(jsonb_build_object('product_id', tests.product('SHIRT-L'), 'reason', 'not on sale')),
    'checkout says which line cannot be had and why'
);
select is(
    (select public.available_stock(products) from public.products where sku = 'SHIRT'),
    2,
    'a withdrawn variant''s units are not on sale'
);

select tests.clear_authentication();
update public.products set is_active = true where sku = 'SHIRT-L';
update public.products set is_active = false where sku = 'SHIRT';
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(tests.error_code($$select tests.place('{"SHIRT-M": 1}')$$), 'product_unavailable', 'a variant of a withdrawn product is not ordered');
select is(pg_temp.line(public.get_cart(), 'SHIRT-L') ->> 'issue', 'unavailable', 'nor kept in carts without its issue');

select tests.clear_authentication();
update public.products set is_active = true where sku = 'SHIRT';
update public.categories set is_active = false where slug = 'tests-shelf';
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(tests.error_code($$select tests.place('{"CHAIR": 1}')$$), 'product_unavailable', 'nothing is sold from a hidden category');
select is(tests.error_code($$select public.add_to_cart(tests.product('CHAIR'), 1)$$), 'product_unavailable', 'nor added to a cart');

select tests.clear_authentication();
update public.categories set is_active = true where slug = 'tests-shelf';
update public.products set deleted_at = now() where sku in ('SHIRT-M', 'SHIRT-L');
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select lives_ok($$select public.add_to_cart(tests.product('SHIRT'), 1)$$, 'a product all of whose variants are deleted is sold itself again');

select tests.clear_authentication();
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree');

select * from finish();
rollback;
