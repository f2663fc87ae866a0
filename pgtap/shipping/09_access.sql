-- Who reads and writes shipping methods.
-- Each row: what a statement comes to for a visitor, the owner, another customer, an admin and the secret key. 42501 is a
-- missing right; no rows is a policy that shows none.
begin;
select plan(6);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('owner@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Active', 30);
select tests.create_shipping_method('Retired', 30, is_active => false);

select is(
    tests.outcomes(matrix.statement),
    matrix.expected,
    matrix.rule
)
from (
    values
        (
            1, 'everybody reads active methods',
            $$select 1 from public.shipping_methods where name = 'Active'$$,
            array['rows', 'rows', 'rows', 'rows', 'rows']
        ),
        (
            2, 'only admins read inactive ones',
            $$select 1 from public.shipping_methods where name = 'Retired'$$,
            array['no rows', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            3, 'only admins add methods',
            $$insert into public.shipping_methods (name, price) values ('New', 1) returning 1$$,
            array['42501', '42501', '42501', 'rows', 'rows']
        ),
        (
            4, 'only admins change them',
            $$update public.shipping_methods set price = 1 where name = 'Active' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            5, 'only admins delete them',
            $$delete from public.shipping_methods where name = 'Active' returning 1$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            6, 'everybody asks what serves an address',
            $$select 1 from public.shipping_options('MA')$$,
            array['rows', 'rows', 'rows', 'rows', 'rows']
        )
) as matrix (number, rule, statement, expected)
order by matrix.number;

select * from finish();
rollback;
