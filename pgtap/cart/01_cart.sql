-- The cart calls: each returns the whole cart, one customer's only.
begin;
select plan(43);

select tests.create_user('buyer@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 120.50, 10);
select tests.create_product('DESK', 900.00, 3);
select tests.create_product('HIDDEN', 10.00, 3);
update public.products set is_active = false where sku = 'HIDDEN';

-- Who has a cart.
create function pg_temp.line(cart jsonb, sku text) returns jsonb language sql
    return (select item from jsonb_array_elements(cart -> 'items') as item where item ->> 'sku' = line.sku);
grant execute on function pg_temp.line to authenticated;

select tests.authenticate_as_anon();
select is(tests.error_code('select public.get_cart()'), 'unauthenticated', 'a visitor has no cart');
select is(tests.error_code($$select public.add_to_cart(tests.product('LAMP'), 1)$$), 'unauthenticated', 'nor adds to one');
select is(tests.error_code($$select public.set_cart_item(tests.product('LAMP'), 1)$$), 'unauthenticated', 'nor sets a line');
select is(tests.error_code('select public.clear_cart()'), 'unauthenticated', 'nor empties one');
select is(tests.error_code($$select public.sync_cart('[]')$$), 'unauthenticated', 'nor syncs one');

select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    public.get_cart(),
    '{"items": [], "item_count": 0, "subtotal": 0.00, "currency": "MAD"}',
    'a new customer''s cart is empty'
);

-- Adding.
create temporary table cart as
select public.add_to_cart(tests.product('LAMP'), 2) as document;
grant select on cart to authenticated;
select is(
    (select document -> 'items' -> 0 from cart) - 'id',
    jsonb_build_object(
        'product_id', tests.product('LAMP'),
        'slug', 'product-lamp',
        'sku', 'LAMP',
        'name', 'Product LAMP',
        'options', (select options from public.products where sku = 'LAMP'),
        'image_url', null,
        'quantity', 2,
        'unit_price', 120.50,
        'line_total', 241.00,
        'available', 10,
        'issue', null
    ),
    'a line has product, quantity, price, total, what is available and no issue'
);
select is(
    (select document - 'items' from cart),
    '{"item_count": 2, "subtotal": 241.00, "currency": "MAD"}',
    'the cart counts units and sums lines'
);
select is(
    public.add_to_cart(tests.product('LAMP'), 3) #> '{items,0,quantity}',
    '5',
    'adding a product again adds its units'
);
select is(
    public.add_to_cart(tests.product('DESK')) -> 'item_count',
    '6',
    'one unit is added when no quantity is said'
);
select is(
    tests.error_details($$select public.add_to_cart(tests.product('LAMP'), 6)$$),
    jsonb_build_array(jsonb_build_object('product_id', tests.product('LAMP'), 'requested', 11, 'available', 10)),
    'adding more than there is, with what the cart holds, is out_of_stock'
);
select is(
    tests.error_code($$select public.add_to_cart(tests.product('HIDDEN'), 1)$$),
    'product_unavailable',
    'what is not on sale is not added'
);
select is(
    tests.error_code($$select public.add_to_cart('00000000-0000-4000-8000-000000000000', 1)$$),
    'product_unavailable',
    'nor what does not exist'
);
select is(
    tests.error_details('select public.add_to_cart(null, null)'),
    '{"product_id": "is required", "quantity": "is required"}',
    'missing arguments are named'
);
select is(tests.error_code($$select public.add_to_cart(tests.product('LAMP'), 0)$$), 'invalid_input', 'none is not added');
select is(tests.error_code($$select public.add_to_cart(tests.product('LAMP'), -1)$$), 'invalid_input', 'nothing is added negatively');
select is(tests.error_code($$select public.add_to_cart(tests.product('LAMP'), 1000)$$), 'invalid_input', 'nor more than 999');

-- Setting.
select is(
    pg_temp.line(public.set_cart_item(tests.product('LAMP'), 10), 'LAMP') -> 'quantity',
    '10',
    'setting a line replaces its quantity, up to what is available'
);
select is(
    tests.error_code($$select public.set_cart_item(tests.product('LAMP'), 11)$$),
    'out_of_stock',
    'but not beyond'
);
select is(
    public.set_cart_item(tests.product('LAMP'), 0) #>> '{items,0,sku}',
    'DESK',
    'setting a line to 0 removes it'
);
select is(
    jsonb_array_length(public.set_cart_item(tests.product('LAMP'), 0) -> 'items'),
    1,
    'removing what is not there changes nothing'
);
select is(tests.error_code($$select public.set_cart_item(tests.product('LAMP'), -1)$$), 'invalid_input', 'no line is negative');
select is(tests.error_code($$select public.set_cart_item(tests.product('LAMP'), 1000)$$), 'invalid_input', 'nor above 999');
select is(
    tests.error_code($$select public.set_cart_item(tests.product('HIDDEN'), 1)$$),
    'product_unavailable',
    'a line of something not on sale is not set'
);

-- Privacy.
select tests.authenticate_as(tests.user_id('other@example.com'));
select is(public.get_cart() -> 'item_count', '0', 'a customer does not see another''s cart');
select public.clear_cart();
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(public.get_cart() -> 'item_count', '1', 'nor empties it');
select is(public.clear_cart() -> 'items', '[]', 'a customer empties their cart');

-- Syncing on sign-in.
select public.set_cart_item(tests.product('LAMP'), 1);
create temporary table synced as
select public.sync_cart(jsonb_build_array(
    jsonb_build_object('product_id', tests.product('LAMP'), 'quantity', 5),
    jsonb_build_object('product_id', tests.product('DESK'), 'quantity', 2),
    jsonb_build_object('product_id', tests.product('DESK'), 'quantity', 2),
    jsonb_build_object('product_id', tests.product('HIDDEN'), 'quantity', 1),
    jsonb_build_object('product_id', '00000000-0000-4000-8000-000000000000', 'quantity', 1)
)) as document;
grant select on synced to authenticated;
select is(pg_temp.line((select document from synced), 'LAMP') -> 'quantity', '1', 'on sync the server''s line wins');
select is(pg_temp.line((select document from synced), 'DESK') -> 'quantity', '4', 'the client''s other lines are added, repeated ones summed');
select is(pg_temp.line((select document from synced), 'DESK') ->> 'issue', 'insufficient_stock', 'too many units are kept with their issue');
select is(
    (
        select line -> 'issue'
        from synced, jsonb_array_elements(document -> 'items') as line
        where line ->> 'product_id' = tests.product('HIDDEN')::text
    ),
    '"unavailable"',
    'so is what is not on sale'
);
select is(
    (
        select line - array['id', 'product_id', 'quantity', 'available', 'issue']
        from synced, jsonb_array_elements(document -> 'items') as line
        where line ->> 'product_id' = tests.product('HIDDEN')::text
    ),
    '{"slug": null, "sku": null, "name": null, "options": null, "image_url": null, "unit_price": null, "line_total": null}',
    'of which nothing is told to who has never seen it'
);
select is(
    (select jsonb_array_length(document -> 'items') from synced),
    3,
    'what is no product at all is left out'
);
select is(
    tests.error_details($$select public.sync_cart('[{"product_id": "x", "quantity": 1.5}, 7]')$$),
    '{
        "items.0.product_id": "is not a UUID",
        "items.0.quantity": "must be a whole number",
        "items.1": "must be an object"
    }',
    'every fault of a synced list is named'
);
select is(tests.error_code('select public.sync_cart(null)'), 'invalid_input', 'a sync without a list is refused');
select is(tests.error_code($$select public.sync_cart('{}')$$), 'invalid_input', 'a sync of something else is refused');
select public.clear_cart();
select is(
    pg_temp.line(public.sync_cart(jsonb_build_array(
        jsonb_build_object('product_id', tests.product('LAMP'), 'quantity', 600),
        jsonb_build_object('product_id', tests.product('LAMP'), 'quantity', 600)
    )), 'LAMP') - array['id', 'product_id', 'slug', 'sku', 'name', 'options', 'image_url', 'unit_price', 'line_total'],
    '{"quantity": 999, "available": 10, "issue": "insufficient_stock"}',
    'repeated lines that come to more than a line holds are cut to it, never an error'
);

-- Issues that come up later.
select public.clear_cart();
select public.add_to_cart(tests.product('LAMP'), 8);
select public.add_to_cart(tests.product('DESK'), 3);
select tests.authenticate_as(tests.user_id('other@example.com'));
select tests.place('{"LAMP": 5, "DESK": 3}');
select tests.clear_authentication();
update public.products set price = 99.00 where sku = 'LAMP';
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    pg_temp.line(public.get_cart(), 'LAMP') - array['id', 'product_id', 'slug', 'sku', 'name', 'options', 'image_url'],
    '{"quantity": 8, "unit_price": 99.00, "line_total": 792.00, "available": 5, "issue": "insufficient_stock"}',
    'a line shows today''s price and what is left'
);
select is(pg_temp.line(public.get_cart(), 'DESK') ->> 'issue', 'out_of_stock', 'a line shows that its product is sold out');
select tests.clear_authentication();
update public.products set deleted_at = now() where sku = 'DESK';
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(pg_temp.line(public.get_cart(), 'DESK') ->> 'issue', 'unavailable', 'a line shows that its product was withdrawn');
select is(pg_temp.line(public.get_cart(), 'DESK') ->> 'available', '0', 'of which none can be had');

-- Checkout takes the cart.
select public.set_cart_item(tests.product('LAMP'), 2);
select public.set_cart_item(tests.product('DESK'), 0);
select is(
    tests.place(null) #> '{items,0,quantity}',
    '2',
    'place_order without items orders the cart'
);
select is(public.get_cart() -> 'items', '[]', 'and empties it');

select * from finish();
rollback;
