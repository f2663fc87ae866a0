-- Who reads and writes orders and what belongs to them.
-- Each row: what a statement comes to for a visitor, the owner, another customer, an admin and the secret key. 42501 is a
-- missing right; no rows is a policy that shows none.
begin;
select plan(25);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('owner@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 10);
select tests.authenticate_as(tests.user_id('owner@example.com'));
select tests.place('{"LAMP": 1}');
select tests.clear_authentication();

update public.orders set status = 'confirmed' where id = (select id from tests.orders_of('owner@example.com'));
insert into public.order_notes (order_id, note) values ((select id from tests.orders_of('owner@example.com')), 'Calls often.');

select is(
    tests.outcomes(matrix.statement),
    matrix.expected,
    matrix.rule
)
from (
    values
        (
            1, 'a customer reads their own orders, admins all',
            $$select 1 from public.orders where id = (select id from tests.orders_of('owner@example.com'))$$,
            array['42501', 'rows', 'no rows', 'rows', 'rows']
        ),
        (
            2, 'orders are placed through place_order only',
            $$insert into public.orders (order_number, payment_method, currency, subtotal, total, shipping_address) values ('X', 'cod', 'MAD', 1, 1, '{}') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            3, 'only admins correct an order',
            $$update public.orders set notes = 'x' where id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            4, 'nobody writes amounts',
            $$update public.orders set total = 0, subtotal = 0, shipping_cost = 0 where id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            5, 'nobody writes whether an order is paid',
            $$update public.orders set payment_status = 'paid' where id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            6, 'nobody gives an order to another account',
            $$update public.orders set user_id = tests.user_id('other@example.com') where id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            7, 'nobody prolongs a hold by hand',
            $$update public.orders set reservation_expires_at = now() where id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            8, 'nobody deletes orders',
            $$delete from public.orders where id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            9, 'a customer reads their own lines, admins all',
            $$select 1 from public.order_items where order_id = (select id from tests.orders_of('owner@example.com'))$$,
            array['42501', 'rows', 'no rows', 'rows', 'rows']
        ),
        (
            10, 'nobody adds lines',
            $$insert into public.order_items (order_id, product_id, sku, name, quantity, unit_price, tax_rate, tax_amount, line_total) values ((select id from tests.orders_of('owner@example.com')), tests.product('LAMP'), 'LAMP', 'Lamp', 1, 1, 0, 0, 1) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            11, 'nobody changes lines',
            $$update public.order_items set quantity = 1 where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            12, 'nobody deletes lines',
            $$delete from public.order_items where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            13, 'a customer reads their own history, admins all',
            $$select 1 from public.order_status_history where order_id = (select id from tests.orders_of('owner@example.com'))$$,
            array['42501', 'rows', 'no rows', 'rows', 'rows']
        ),
        (
            14, 'nobody adds history',
            $$insert into public.order_status_history (order_id, status) values ((select id from tests.orders_of('owner@example.com')), 'delivered') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            15, 'nobody changes history',
            $$update public.order_status_history set notes = 'x' where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            16, 'nobody deletes history',
            $$delete from public.order_status_history where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            17, 'only admins read notes',
            $$select 1 from public.order_notes where order_id = (select id from tests.orders_of('owner@example.com'))$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            18, 'only admins add notes',
            $$insert into public.order_notes (order_id, note) values ((select id from tests.orders_of('owner@example.com')), 'Fragile') returning 1$$,
            array['42501', '42501', '42501', 'rows', 'rows']
        ),
        (
            19, 'under no other name',
            $$insert into public.order_notes (order_id, note, author_id) values ((select id from tests.orders_of('owner@example.com')), 'Fragile', tests.user_id('other@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            20, 'nobody changes notes',
            $$update public.order_notes set note = 'x' where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            21, 'only admins delete notes',
            $$delete from public.order_notes where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            22, 'only admins read where an order came from',
            $$select 1 from public.order_origins where order_id = (select id from tests.orders_of('owner@example.com'))$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            23, 'nobody writes where an order came from',
            $$insert into public.order_origins (order_id) values ((select id from tests.orders_of('owner@example.com'))) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            24, 'nor changes it',
            $$update public.order_origins set user_agent = 'x' where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            25, 'nor deletes it',
            $$delete from public.order_origins where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        )
) as matrix (number, rule, statement, expected)
order by matrix.number;

select * from finish();
rollback;
