-- The planner's numbers, which are what `count=planned` answers, and what it chooses plans by.
\set QUIET on
begin;
select plan(11);

-- What is wrong with the planner's number of rows; null when it is within `times` of the true one. As `actor`: see
-- tests.reading_fault.
create function pg_temp.planned_fault(actor text, sql text, times numeric default 2)
    returns text
    volatile
    language plpgsql
    as $$
declare
    plan json;
    planned numeric;
    counted numeric;
begin
    perform tests.arrive_as(planned_fault.actor);
    execute 'explain (format json) ' || planned_fault.sql into plan;
    execute format('select count(*) from (%s) as counted', planned_fault.sql) into counted;
    perform tests.clear_authentication();
    planned := plan -> 0 -> 'Plan' ->> 'Plan Rows';
    return case
        when not planned between counted / times and counted * times then format('plans %s instead of %s', planned, counted)
    end;
end;
$$;

select tests.create_user('gerante@example.com', 'admin') as admin
\gset

select categories.id as category
from public.categories
inner join public.products on products.category_id = categories.id
group by categories.id
order by count(*) desc, categories.id
limit 1
\gset

select matches(
    pg_temp.planned_fault('service_role', 'select id from public.products where name || sku = sku'), '^plans \d+ instead of 0$',
    'a number that is wrong is found out'
);
select is(pg_temp.planned_fault('anon', 'select id from public.products', 1.2), null, 'products on show');
select is(pg_temp.planned_fault('client40@example.com', 'select id from public.products', 1.2), null, 'for a customer');
select is(pg_temp.planned_fault('anon', 'select id from public.products where parent_id is null', 1.2), null, 'without variants');
select is(
    pg_temp.planned_fault('anon', format('select id from public.products where category_id = %L', :'category')),
    null, 'of a category'
);
select is(
    pg_temp.planned_fault('anon', $$select id from public.products where brand = 'Atlas Maison'$$), null, 'of a brand'
);
select is(pg_temp.planned_fault('anon', 'select id from public.products where is_featured'), null, 'the featured');
select is(pg_temp.planned_fault('anon', 'select id from public.categories', 1.2), null, 'categories on show');
select is(pg_temp.planned_fault('service_role', 'select id from public.orders', 1.1), null, 'orders');
select is(pg_temp.planned_fault('gerante@example.com', 'select id from public.orders', 2.5), null, 'orders, for an admin');
select is(
    pg_temp.planned_fault('gerante@example.com', $$select id from public.orders where status = 'processing'$$, 3),
    null, 'orders to be sent, for an admin'
);

select * from finish();
rollback;
