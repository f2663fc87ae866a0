-- Who reads and writes coupons and their uses.
-- Each row: what a statement comes to for a visitor, the owner, another customer, an admin and the secret key. 42501 is a
-- missing right; no rows is a policy that shows none.
begin;
select plan(10);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('owner@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 10);
insert into public.coupons (code, discount_type, discount_value) values ('USED', 'fixed', 5), ('SPARE', 'fixed', 5);
select tests.authenticate_as(tests.user_id('owner@example.com'));
select tests.place('{"LAMP": 1}', '{"coupon_code": "USED"}');
select tests.clear_authentication();

select is(
    tests.outcomes(matrix.statement),
    matrix.expected,
    matrix.rule
)
from (
    values
        (
            1, 'only admins read coupons',
            $$select 1 from public.coupons where code = 'SPARE'$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            2, 'only admins add coupons',
            $$insert into public.coupons (code, discount_type, discount_value) values ('NEW', 'fixed', 5) returning 1$$,
            array['42501', '42501', '42501', 'rows', 'rows']
        ),
        (
            3, 'only admins change coupons',
            $$update public.coupons set discount_value = 6 where code = 'SPARE' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            4, 'nobody writes how often a coupon was used',
            $$update public.coupons set usage_count = 0 where code = 'USED' returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            5, 'nor says it of a new one',
            $$insert into public.coupons (code, discount_type, discount_value, usage_count) values ('NEW', 'fixed', 5, 3) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            6, 'only admins delete coupons',
            $$delete from public.coupons where code = 'SPARE' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            7, 'a customer reads their own uses, admins all',
            $$select 1 from public.coupon_usage where order_id = (select id from tests.orders_of('owner@example.com'))$$,
            array['42501', 'rows', 'no rows', 'rows', 'rows']
        ),
        (
            8, 'nobody adds a use directly',
            $$insert into public.coupon_usage (coupon_id, order_id, discount_amount) select coupon_id, id, 5 from tests.orders_of('owner@example.com') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            9, 'nobody changes a use',
            $$update public.coupon_usage set discount_amount = 0 where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            10, 'nobody takes a use back directly',
            $$delete from public.coupon_usage where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        )
) as matrix (number, rule, statement, expected)
order by matrix.number;

select * from finish();
rollback;
