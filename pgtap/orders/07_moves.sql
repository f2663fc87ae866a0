-- Many orders moved by one statement, and who did it.
begin;
select plan(22);

select tests.create_user('buyer@example.com');
select tests.create_user('admin@example.com', 'admin');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100, 100);
select tests.create_product('RARE', 100, 3);
insert into public.coupons (code, discount_type, discount_value) values ('TEN', 'percentage', 10);
create temporary table placed (name text, id uuid);
grant select, insert on placed to public;
create function pg_temp.ids(variadic names text[]) returns uuid[] language sql
    return array(select id from placed where name = any(names) order by name);

-- One statement.
select tests.authenticate_as(tests.user_id('buyer@example.com'));
create temporary table answers as
select number, tests.place('{"LAMP": 2}', case when number % 2 = 0 then '{"coupon_code": "TEN"}'::jsonb else '{}' end) as document
from generate_series(1, 20) as number;
select tests.clear_authentication();
insert into placed select 'order ' || number, (document ->> 'id')::uuid from answers;
select tests.authenticate_as(tests.user_id('admin@example.com'));
select is(
    tests.rows_of('update public.orders set status = ''confirmed'' where id in (select id from placed) returning id'),
    20::bigint,
    'an admin confirms twenty orders with one PATCH'
);
select is(tests.stock_of('LAMP'), '60 in stock, 0 reserved', 'which sells the units of them all');
select tests.clear_authentication();
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree');
select is(
    (select count(*) from private.outbox where topic = 'order.confirmed' and payload ->> 'order_id' in (select id::text from placed)),
    20::bigint,
    'each of them has its message'
);
select is(
    (select count(*) from public.order_status_history where order_id in (select id from placed) and actor = 'staff'),
    20::bigint,
    'and its history'
);
select tests.authenticate_as(tests.user_id('admin@example.com'));
select is(
    tests.error_details('update public.orders set status = ''shipped'' where id in (select id from placed)'),
    '{"from": "confirmed", "to": "shipped"}',
    'where one can''t move, none does'
);
select is(
    tests.error_code('update public.orders set status = ''confirmed'' where id in (select id from placed)'),
    'invalid_transition',
    'a status that is repeated is no move'
);
select is(
    tests.rows_of('update public.orders set status = ''cancelled'' where id in (select id from placed) returning id'),
    20::bigint,
    'twenty are cancelled with one PATCH'
);
select is(tests.stock_of('LAMP'), '100 in stock, 0 reserved', 'which puts the units of them all back');
select is((select usage_count from public.coupons where code = 'TEN'), 0, 'and gives back the uses of their coupon');
select tests.clear_authentication();
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory still agree');

-- Lapsed ones compete for what is left.
select tests.authenticate_as(tests.user_id('buyer@example.com'));
create temporary table lapsed as
select number, tests.place('{"RARE": 1}') as document from generate_series(1, 3) as number;
select tests.clear_authentication();
insert into placed select 'lapsed ' || number, (document ->> 'id')::uuid from lapsed;
update public.stock_reservations set expires_at = now() - interval '1 minute' where order_id in (select (document ->> 'id')::uuid from lapsed);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select tests.place('{"RARE": 2}');
select tests.authenticate_as(tests.user_id('admin@example.com'));
select is(
    tests.error_details('update public.orders set status = ''confirmed'' where id in (select id from placed where name like ''lapsed%'')') #>> '{0,requested}',
    '3',
    'of orders whose hold has lapsed, all must find their units again'
);
select is(tests.stock_of('RARE'), '3 in stock, 2 reserved', 'or nothing is taken');
select is(
    tests.rows_of('update public.orders set status = ''confirmed'' where id in (select id from placed where name = ''lapsed 1'') returning id'),
    1::bigint,
    'one of them does'
);
select is(tests.stock_of('RARE'), '2 in stock, 2 reserved', 'and has the last unit');
select tests.clear_authentication();
select is_empty('select * from tests.stock_disagreements()', 'and the ledger agrees');

-- Who it was.
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select results_eq(
    $$select status, actor from public.order_status_history where order_id = (select id from placed where name = 'order 1') order by created_at$$,
    $$values ('pending', 'customer'), ('confirmed', 'staff'), ('cancelled', 'staff')$$,
    'the customer reads that staff moved the order, and not who'
);
select is(
    tests.error_code('select * from private.order_status_actors'),
    '42501',
    'who of the staff it was is kept where no customer reads it'
);
select tests.clear_authentication();
select is(
    (
        select count(*)
        from private.order_status_actors
        inner join public.order_status_history on order_status_history.id = order_status_actors.history_id
        where order_status_history.order_id in (select id from placed)
            and order_status_actors.user_id = tests.user_id('admin@example.com')
    ),
    41::bigint,
    'for each move'
);

-- A function with more rights than its caller does not move what its caller may not.
select tests.clear_authentication();
create function tests.force_move(order_id uuid, status text)
    returns void
    volatile
    security definer
    language plpgsql
    as $$
begin
    update public.orders set status = force_move.status where orders.id = force_move.order_id;
end;
$$;
grant execute on function tests.force_move to authenticated;
select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into placed select 'fresh', (tests.place('{"LAMP": 1}') ->> 'id')::uuid;
select is(
    tests.error_code($$select tests.force_move((select id from placed where name = 'fresh'), 'confirmed')$$),
    'forbidden',
    'a customer confirms nothing, whichever function tries for them'
);
select is(
    tests.error_code($$select tests.force_move((select id from placed where name = 'fresh'), 'cancelled')$$),
    null,
    'but may cancel'
);
select tests.authenticate_as(tests.user_id('admin@example.com'));
select is(
    tests.error_code($$select tests.force_move((select id from placed where name = 'lapsed 1'), 'processing')$$),
    null,
    'and staff move on'
);

select * from finish();
rollback;
