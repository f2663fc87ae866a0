-- Who reads and writes the catalogue.
-- Each row: what a statement comes to for a visitor, the owner, another customer, an admin and the secret key. 42501 is a
-- missing right; no rows is a policy that shows none.
begin;
select plan(40);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('owner@example.com');
select tests.create_user('other@example.com');
select tests.create_product('SHOWN', 10);
select tests.create_product('INACTIVE', 10);
select tests.create_product('DELETED', 10);
update public.products set is_active = false where sku = 'INACTIVE';
update public.products set deleted_at = now() where sku = 'DELETED';
insert into public.product_images (product_id, url)
values (tests.product('SHOWN'), '/shown.webp'), (tests.product('INACTIVE'), '/inactive.webp');
insert into public.product_costs (product_id, cost_price) values (tests.product('SHOWN'), 5);
insert into public.categories (name, slug, is_active) values ('Hidden', 'hidden', false);
insert into public.category_attributes (category_id, key, label, type)
select categories.id, replace(categories.slug, '-', '_'), 'Size', 'number'
from public.categories
where categories.slug in ('hidden', 'tests-shelf');
insert into public.wishlists (user_id, product_id)
values (tests.user_id('owner@example.com'), tests.product('SHOWN'));

select is(
    tests.outcomes(matrix.statement),
    matrix.expected,
    matrix.rule
)
from (
    values
        (
            1, 'everybody reads categories on show',
            $$select 1 from public.categories where slug = 'tests-shelf'$$,
            array['rows', 'rows', 'rows', 'rows', 'rows']
        ),
        (
            2, 'only admins read hidden ones',
            $$select 1 from public.categories where slug = 'hidden'$$,
            array['no rows', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            3, 'only admins add categories',
            $$insert into public.categories (name, slug) values ('New', 'new') returning 1$$,
            array['42501', '42501', '42501', 'rows', 'rows']
        ),
        (
            4, 'only admins change them',
            $$update public.categories set sort_order = 1 where slug = 'tests-shelf' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            5, 'only admins delete them',
            $$delete from public.categories where slug = 'hidden' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            6, 'everybody reads attributes of categories on show',
            $$select 1 from public.category_attributes where key = 'tests_shelf'$$,
            array['rows', 'rows', 'rows', 'rows', 'rows']
        ),
        (
            7, 'only admins read those of hidden ones',
            $$select 1 from public.category_attributes where key = 'hidden'$$,
            array['no rows', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            8, 'only admins add attributes',
            $$
                insert into public.category_attributes (category_id, key, label, type)
                select category_id, 'new', 'New', 'text' from public.category_attributes where key = 'tests_shelf'
                returning 1
            $$,
            array['42501', '42501', '42501', 'rows', 'rows']
        ),
        (
            9, 'only admins change them',
            $$update public.category_attributes set label = 'Length' where key = 'tests_shelf' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            10, 'only admins delete them',
            $$delete from public.category_attributes where key = 'tests_shelf' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            11, 'everybody reads products on show',
            $$select 1 from public.products where sku = 'SHOWN'$$,
            array['rows', 'rows', 'rows', 'rows', 'rows']
        ),
        (
            12, 'only admins read inactive ones',
            $$select 1 from public.products where sku = 'INACTIVE'$$,
            array['no rows', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            13, 'only admins read withdrawn ones',
            $$select 1 from public.products where sku = 'DELETED'$$,
            array['no rows', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            14, 'only admins add products',
            $$insert into public.products (sku, name, slug, price) values ('NEW', 'New', 'new', 1) returning 1$$,
            array['42501', '42501', '42501', 'rows', 'rows']
        ),
        (
            15, 'only admins change them',
            $$update public.products set price = 1 where sku = 'SHOWN' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            16, 'only admins withdraw them',
            $$update public.products set deleted_at = now() where sku = 'SHOWN' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            17, 'nobody deletes them',
            $$delete from public.products where sku = 'SHOWN' returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            18, 'everybody reads pictures of products on show',
            $$select 1 from public.product_images where url = '/shown.webp'$$,
            array['rows', 'rows', 'rows', 'rows', 'rows']
        ),
        (
            19, 'only admins read those of hidden ones',
            $$select 1 from public.product_images where url = '/inactive.webp'$$,
            array['no rows', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            20, 'only admins add pictures',
            $$insert into public.product_images (product_id, url) values (tests.product('SHOWN'), '/new.webp') returning 1$$,
            array['42501', '42501', '42501', 'rows', 'rows']
        ),
        (
            21, 'only admins change them',
            $$update public.product_images set alt = 'A lamp' where url = '/shown.webp' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            22, 'only admins delete them',
            $$delete from public.product_images where url = '/shown.webp' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            23, 'only admins read costs',
            $$select 1 from public.product_costs$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            24, 'only admins add costs',
            $$insert into public.product_costs (product_id, cost_price) values (tests.product('INACTIVE'), 1) returning 1$$,
            array['42501', '42501', '42501', 'rows', 'rows']
        ),
        (
            25, 'only admins change them',
            $$update public.product_costs set cost_price = 1 returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            26, 'only admins delete them',
            $$delete from public.product_costs where cost_price > 0 returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            27, 'a customer cannot read another customer''s wishlist, nor can an admin',
            $$select 1 from public.wishlists$$,
            array['42501', 'rows', 'no rows', 'no rows', 'rows']
        ),
        (
            28, 'a customer cannot add to another customer''s wishlist',
            $$
                insert into public.wishlists (user_id, product_id)
                select tests.user_id('owner@example.com'), products.id from public.products where products.sku like 'SHOWN%'
                on conflict do nothing
            $$,
            array['42501', 'no rows', '42501', '42501', 'no rows']
        ),
        (
            29, 'a customer cannot empty another customer''s wishlist',
            $$delete from public.wishlists where product_id = tests.product('SHOWN') returning 1$$,
            array['42501', 'rows', 'no rows', 'no rows', 'rows']
        ),
        (
            30, 'nobody changes a line of a wishlist',
            $$update public.wishlists set product_id = tests.product('INACTIVE') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            31, 'everybody searches',
            $$select 1 from public.search_products('shown')$$,
            array['rows', 'rows', 'rows', 'rows', 'rows']
        ),
        (
            32, 'nobody finds hidden products, admins neither',
            $$select 1 from public.search_products('inactive') union all select 1 from public.search_products('deleted')$$,
            array['no rows', 'no rows', 'no rows', 'no rows', 'no rows']
        ),
        (
            33, 'only admins read former prices',
            $$select 1 from public.price_history$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            34, 'which nobody writes',
            $$insert into public.price_history (product_id, price) values (tests.product('SHOWN'), 1) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            35, 'or takes away',
            $$delete from public.price_history where price > 0 returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        )
) as matrix (number, rule, statement, expected)
order by matrix.number;

select tests.authenticate_as(tests.user_id('other@example.com'));
select lives_ok(
    $$insert into public.wishlists (product_id) values (tests.product('SHOWN'))$$,
    'a customer adds to the own wishlist without naming it'
);
select is(
    tests.error_code($$insert into public.wishlists (product_id) values (tests.product('INACTIVE'))$$),
    '42501',
    'hidden products cannot be wished for'
);
select tests.clear_authentication();
delete from auth.users where email = 'other@example.com' and set_config('tests.other', id::text, true) <> '';
select set_config('role', 'authenticated', true), set_config('request.jwt.claims', jsonb_build_object(
    'sub', current_setting('tests.other'), 'role', 'authenticated'
)::text, true);
select is(
    tests.error_code($$insert into public.wishlists (product_id) values (tests.product('SHOWN'))$$),
    'unauthenticated',
    'a token that outlived its user is no sign-in'
);
select is(
    tests.error_code($$
        insert into public.wishlists (user_id, product_id) values (tests.user_id('owner@example.com'), tests.product('SHOWN'))
    $$),
    '42501',
    'and does not say which other users there are'
);
select tests.authenticate_as_service();
select is(
    tests.error_details($$insert into public.wishlists (user_id, product_id) values (gen_random_uuid(), gen_random_uuid())$$),
    '{"user_id": "is not a user", "product_id": "is not a product"}',
    'the secret key is told what there is not'
);

select * from finish();
rollback;
