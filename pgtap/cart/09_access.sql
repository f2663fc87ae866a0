-- Who reads and writes carts.
-- Each row: what a statement comes to for a visitor, the owner, another customer, an admin and the secret key. 42501 is a
-- missing right; no rows is a policy that shows none.
begin;
select plan(4);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('owner@example.com');
select tests.create_user('other@example.com');
select tests.create_product('LAMP', 100.00, 10);
select tests.authenticate_as(tests.user_id('owner@example.com'));
select public.add_to_cart(tests.product('LAMP'), 1);
select tests.clear_authentication();

select is(
    tests.outcomes(matrix.statement),
    matrix.expected,
    matrix.rule
)
from (
    values
        (
            1, 'a customer reads their own cart, admins all',
            $$select 1 from public.cart_items where product_id = tests.product('LAMP')$$,
            array['42501', 'rows', 'no rows', 'rows', 'rows']
        ),
        (
            2, 'lines are added through the calls only',
            $$insert into public.cart_items (product_id, quantity) values (tests.product('LAMP'), 1) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            3, 'and changed through them',
            $$update public.cart_items set quantity = 500 where product_id = tests.product('LAMP') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            4, 'and removed',
            $$delete from public.cart_items where product_id = tests.product('LAMP') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        )
) as matrix (number, rule, statement, expected)
order by matrix.number;

select * from finish();
rollback;
