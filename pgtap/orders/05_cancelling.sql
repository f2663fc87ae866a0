-- Cancelling: by the owner, by a guest with the token, by an admin; once.
begin;
select plan(25);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('buyer@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 10);
create temporary table placed (name text primary key, document jsonb);
grant select, insert on placed to anon, authenticated, service_role;
create function pg_temp.id_of(name text) returns uuid language sql
    return (select (document ->> 'id')::uuid from placed where placed.name = id_of.name);
create function pg_temp.number_of(name text) returns text language sql
    return (select document ->> 'order_number' from placed where placed.name = number_of.name);
create function pg_temp.token_of(name text) returns text language sql
    return (select document ->> 'guest_token' from placed where placed.name = token_of.name);
grant execute on function pg_temp.id_of, pg_temp.number_of, pg_temp.token_of to anon, authenticated, service_role;

select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into placed select 'own', tests.place('{"LAMP": 2}');
insert into placed select 'second', tests.place('{"LAMP": 1}');
insert into placed select 'third', tests.place('{"LAMP": 1}');
select tests.authenticate_as_anon();
insert into placed select 'guest', tests.place('{"LAMP": 3}', '{"guest_email": "g@example.com"}');

-- Whose order it is.
select is(tests.error_code($$select public.cancel_order(pg_temp.id_of('own'))$$), 'unauthenticated', 'a visitor cancels nothing by id');
select tests.authenticate_as(tests.user_id('other@example.com'));
select is(tests.error_code($$select public.cancel_order(pg_temp.id_of('own'))$$), 'not_found', 'another customer''s order does not exist for one');
select is(tests.error_code($$select public.cancel_order(pg_temp.id_of('guest'))$$), 'not_found', 'nor does a guest''s');
select is(tests.error_code($$select public.cancel_order('00000000-0000-4000-8000-000000000000')$$), 'not_found', 'nor one that never was');
select is((tests.order_row(pg_temp.id_of('own'))).status, 'pending', 'which all change nothing');

select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    tests.error_details($$select public.cancel_order(null, '<b>')$$),
    '{"order_id": "is required", "reason": "contains HTML or script"}',
    'every fault of a cancellation is named'
);
select is(
    tests.error_details($$select public.cancel_order(pg_temp.id_of('own'), repeat('x', 501))$$),
    '{"reason": "is too long (at most 500 characters)"}',
    'a reason has an end'
);
create temporary table cancelled as
select public.cancel_order(pg_temp.id_of('own'), ' Found it cheaper ') as document;
select is(
    (select document -> 'items' from cancelled),
    (select document -> 'items' from placed where name = 'own'),
    'cancel_order returns the order'
);
select is((select document ->> 'status' from cancelled), 'cancelled', 'as it is now');
select is(
    (select notes from public.order_status_history where order_id = pg_temp.id_of('own') and status = 'cancelled'),
    'Found it cheaper',
    'the reason is in the history'
);
select is(
    tests.error_details($$select public.cancel_order(pg_temp.id_of('own'))$$),
    '{"status": "cancelled"}',
    'an order is cancelled once'
);
select is(tests.error_code($$select public.cancel_order(pg_temp.id_of('own'))$$), 'order_not_cancellable', 'and says so');
select is(tests.stock_of('LAMP'), '10 in stock, 5 reserved', 'its units are given back once');

-- Guests.
select tests.authenticate_as_anon();
select is(
    public.cancel_guest_order(pg_temp.number_of('guest'), repeat('0', 64)),
    null,
    'a wrong token cancels nothing and is answered with null'
);
select is(
    public.cancel_guest_order(pg_temp.number_of('own'), pg_temp.token_of('guest')),
    null,
    'a token is for its own order'
);
select is((tests.order_row(pg_temp.id_of('guest'))).status, 'pending', 'which both change nothing');
select is(
    tests.error_code($$select public.cancel_guest_order(pg_temp.number_of('guest'), pg_temp.token_of('guest'), '<b>')$$),
    'invalid_input',
    'a guest''s reason is plain text'
);
select is(
    public.cancel_guest_order(pg_temp.number_of('guest'), pg_temp.token_of('guest'), 'Sorry') ->> 'status',
    'cancelled',
    'the right token cancels'
);
select is(
    tests.error_code($$select public.cancel_guest_order(pg_temp.number_of('guest'), pg_temp.token_of('guest'))$$),
    'order_not_cancellable',
    'once'
);

-- Admins and workers.
select tests.clear_authentication();
update public.orders set status = 'confirmed' where id in (pg_temp.id_of('second'), pg_temp.id_of('third'));
update public.orders set status = 'processing' where id in (pg_temp.id_of('second'), pg_temp.id_of('third'));
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    tests.error_code($$select public.cancel_order(pg_temp.id_of('second'))$$),
    'order_not_cancellable',
    'what is being packed a customer does not cancel'
);
select tests.authenticate_as(tests.user_id('admin@example.com'));
select is(public.cancel_order(pg_temp.id_of('second'), 'Lost') ->> 'status', 'cancelled', 'an admin does');
select tests.authenticate_as_service();
select is(public.cancel_order(pg_temp.id_of('third')) ->> 'status', 'cancelled', 'and so does a worker');

select tests.clear_authentication();
select is(tests.stock_of('LAMP'), '10 in stock, 0 reserved', 'all stock is back');
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree');
select is(
    (select count(*) from private.outbox where topic = 'order.cancelled' and payload ->> 'order_id' in (select document ->> 'id' from placed)),
    4::bigint,
    'each cancellation has its message'
);

select * from finish();
rollback;
