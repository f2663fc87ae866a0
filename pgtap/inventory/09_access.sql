-- Who reads and writes stock.
-- Each row: what a statement comes to for a visitor, the owner, another customer, an admin and the secret key. 42501 is a
-- missing right; no rows is a policy that shows none.
begin;
select plan(14);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('owner@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 10);
select tests.authenticate_as(tests.user_id('owner@example.com'));
select tests.place('{"LAMP": 1}');
select tests.clear_authentication();

select is(
    tests.outcomes(matrix.statement),
    matrix.expected,
    matrix.rule
)
from (
    values
        (
            1, 'only admins read inventory',
            $$select 1 from public.inventory where product_id = tests.product('LAMP')$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            2, 'only admins set the low-stock threshold',
            $$update public.inventory set low_stock_threshold = 3 where product_id = tests.product('LAMP') returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            3, 'nobody writes stock directly',
            $$update public.inventory set stock = 99 where product_id = tests.product('LAMP') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            4, 'nobody writes promises directly',
            $$update public.inventory set reserved_stock = 0 where product_id = tests.product('LAMP') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            5, 'nobody adds inventory',
            $$insert into public.inventory (product_id) values (tests.product('LAMP')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            6, 'nobody deletes inventory',
            $$delete from public.inventory where product_id = tests.product('LAMP') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            7, 'only admins read the ledger',
            $$select 1 from public.stock_movements where product_id = tests.product('LAMP')$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            8, 'nobody adds to the ledger directly',
            $$insert into public.stock_movements (product_id, quantity, kind) values (tests.product('LAMP'), 1, 'receive') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            9, 'nobody rewrites the ledger',
            $$update public.stock_movements set quantity = 1 where product_id = tests.product('LAMP') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            10, 'nobody deletes from the ledger',
            $$delete from public.stock_movements where product_id = tests.product('LAMP') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            11, 'only admins read reservations',
            $$select 1 from public.stock_reservations where product_id = tests.product('LAMP')$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            12, 'nobody reserves directly',
            $$insert into public.stock_reservations (order_id, product_id, quantity, expires_at) values ((select id from tests.orders_of('owner@example.com')), tests.product('LAMP'), 1, now()) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            13, 'nobody changes reservations directly',
            $$update public.stock_reservations set status = 'released' where product_id = tests.product('LAMP') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            14, 'nobody deletes reservations',
            $$delete from public.stock_reservations where product_id = tests.product('LAMP') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        )
) as matrix (number, rule, statement, expected)
order by matrix.number;

select * from finish();
rollback;
