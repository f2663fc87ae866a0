-- One connection serves an admin and a customer in turn, with the statements that the first of them had planned.
\set QUIET on
begin;
select plan(16);

select users.email
from auth.users
inner join public.orders on orders.user_id = users.id
group by users.id
having count(*) between 12 and 20
order by users.id
limit 1
\gset

select tests.create_user('gerante@example.com', 'admin') as admin
\gset

prepare latest_orders (integer) as select * from public.orders order by placed_at desc limit $1;
prepare open_orders (text, integer) as select * from public.orders where status = $1 order by placed_at desc limit $2;
prepare latest_lines (integer) as select * from public.order_items order by id desc limit $1;
prepare latest_payments (integer) as select * from public.payments order by id desc limit $1;
prepare latest_history (integer) as select * from public.order_status_history order by id desc limit $1;
prepare latest_profiles (integer) as select * from public.user_profiles order by created_at desc limit $1;
prepare latest_products (integer) as select * from public.products order by created_at desc, id limit $1;
prepare order_by_number (text) as select * from public.orders where order_number = $1;

select is(
    tests.prepared_fault('gerante@example.com', :'email', statement.call, statement.most),
    null,
    format('what was planned for an admin reads only what is theirs for a customer: %s', statement.name)
)
from (
    values
        ('latest orders', 'latest_orders (20)', 1000),
        ('orders of a status', 'open_orders (''processing'', 20)', 1000),
        ('order lines', 'latest_lines (20)', 1000),
        ('payments', 'latest_payments (20)', 1000),
        ('history', 'latest_history (20)', 1000),
        ('profiles', 'latest_profiles (20)', 1000),
        ('products', 'latest_products (20)', 1000),
        ('an order by its number', 'order_by_number (''PS-000000-0000000'')', 1000)
) as statement (name, call, most);

deallocate all;
prepare latest_orders (integer) as select * from public.orders order by placed_at desc limit $1;
prepare open_orders (text, integer) as select * from public.orders where status = $1 order by placed_at desc limit $2;
prepare latest_lines (integer) as select * from public.order_items order by id desc limit $1;
prepare latest_payments (integer) as select * from public.payments order by id desc limit $1;
prepare latest_history (integer) as select * from public.order_status_history order by id desc limit $1;
prepare latest_profiles (integer) as select * from public.user_profiles order by created_at desc limit $1;
prepare latest_products (integer) as select * from public.products order by created_at desc, id limit $1;
prepare order_by_number (text) as select * from public.orders where order_number = $1;

select is(
    tests.prepared_fault(:'email', 'gerante@example.com', statement.call, statement.most),
    null,
    format('what was planned for a customer reads only what is shown for an admin: %s', statement.name)
)
from (
    values
        ('latest orders', 'latest_orders (20)', 1000),
        ('orders of a status', 'open_orders (''processing'', 20)', 1000),
        ('order lines', 'latest_lines (20)', 1000),
        ('payments', 'latest_payments (20)', 1000),
        ('history', 'latest_history (20)', 1000),
        ('profiles', 'latest_profiles (20)', 1000),
        ('products', 'latest_products (20)', 1000),
        ('an order by its number', 'order_by_number (''PS-000000-0000000'')', 1000)
) as statement (name, call, most);

select * from finish();
rollback;
