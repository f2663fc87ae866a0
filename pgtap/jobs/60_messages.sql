-- From the outbox to whoever is to be told.
begin;
select plan(39);

delete from private.outbox;
delete from private.messages;
select tests.create_user('messages-customer@example.com') as customer
\gset
select tests.create_user('messages-admin@example.com', 'admin') as admin
\gset
select public.admin_update_settings('{
    "store.languages": ["ar", "fr"], "notifications.webhook_url": "https://hooks.example.com/orders",
    "alerts.webhook_url": null, "alerts.email": "staff@example.com"
}');
insert into public.orders (id, order_number, user_id, guest_email, payment_method, currency, subtotal, total, shipping_address, language)
values
    ('00000000-0000-4000-8000-00000000e001', 'MSG-1', :'customer', null, 'cod', 'MAD', 10, 10, '{}', 'fr'),
    ('00000000-0000-4000-8000-00000000e002', 'MSG-2', null, 'guest@example.com', 'cod', 'MAD', 10, 10, '{}', 'en'),
    ('00000000-0000-4000-8000-00000000e003', 'MSG-3', null, null, 'cod', 'MAD', 10, 10, '{}', 'en');
delete from private.outbox;
-- Some time passes.
create function pg_temp.wait(span interval) returns void security definer language sql as $$
    update private.messages set next_attempt_at = next_attempt_at - span;
$$;
create function pg_temp.message(about text) returns private.messages stable security definer language sql as $$
    select * from private.messages where topic = about;
$$;
grant execute on all functions in schema pg_temp to public;

-- Who is told.
insert into private.outbox (topic, order_id)
values
    ('order.placed', '00000000-0000-4000-8000-00000000e001'),
    ('order.placed', '00000000-0000-4000-8000-00000000e002'),
    ('order.placed', '00000000-0000-4000-8000-00000000e003'),
    ('order.processing', '00000000-0000-4000-8000-00000000e001');
select private.enqueue('payment.mismatch', '{"order_id": "00000000-0000-4000-8000-00000000e001", "amount": 5}');
select tests.authenticate_as_service();
create temporary table claimed as
select * from public.claim_messages(100, 'one');
select results_eq(
    $$ select receiver, language from claimed where topic = 'order.placed' and channel = 'email' order by receiver $$,
    $$ values ('guest@example.com', 'en'), ('messages-customer@example.com', 'fr') $$,
    'a buyer is told by e-mail, customer or guest, in their language'
);
select is(
    (select count(*) from claimed where topic = 'order.placed' and channel = 'webhook' and receiver = 'https://hooks.example.com/orders'),
    3::bigint,
    'and the webhook of each order, also where the buyer left no address'
);
select results_eq(
    $$ select channel, receiver from claimed where topic = 'order.processing' $$,
    $$ values ('webhook', 'https://hooks.example.com/orders') $$,
    'of what no mail is about only the webhook is told'
);
select results_eq(
    $$ select channel, receiver, order_id, payload -> 'amount' from claimed where topic = 'payment.mismatch' $$,
    $$ values ('email', 'staff@example.com', '00000000-0000-4000-8000-00000000e001'::uuid, '5'::jsonb) $$,
    'the staff is told what is theirs to know, where they want it'
);
select is((select count(*) from claimed), 7::bigint, 'nobody else is told anything');
select is((select array_agg(distinct attempts) from claimed), array[1], 'it is the first attempt');
select is((select array_agg(distinct lease_until) from claimed), array[now() + interval '1 minute'], 'each is the worker''s for a minute');
select is((select max(created_at) from claimed), now(), 'and says when it happened');
select tests.clear_authentication();
select is_empty('select id from private.outbox', 'what has its messages is in the outbox no more');
select tests.authenticate_as_service();
select is_empty($$ select id from public.claim_messages(100, 'two') $$, 'what is claimed is nobody else''s');

-- Delivered.
select is((select array_agg(distinct public.complete_message(id)) from claimed), array[true], 'what is delivered goes');
select is((select public.complete_message(id) from claimed limit 1), false, 'once');
select pg_temp.wait('1 day');
select is_empty($$ select id from public.claim_messages(100, 'two') $$, 'and is not claimed again');

-- A worker that vanishes.
select tests.clear_authentication();
select private.enqueue('one.gone', '{}');
select tests.authenticate_as_service();
select is((select language from public.claim_messages(1, 'one')), 'ar', 'without an order the store''s first language is used');
select pg_temp.wait('50 seconds');
select is(public.renew_message((pg_temp.message('one.gone')).id, 'two'), false, 'who has not claimed a message can''t renew it');
select is(public.renew_message((pg_temp.message('one.gone')).id, 'one'), true, 'who has can');
select pg_temp.wait('50 seconds');
select is_empty($$ select id from public.claim_messages(1, 'two') $$, 'then it is theirs for another minute');
select pg_temp.wait('11 seconds');
select results_eq(
    $$ select topic, attempts from public.claim_messages(1, 'two') $$,
    $$ values ('one.gone', 2) $$,
    'after which another one claims it'
);
select is(public.renew_message((pg_temp.message('one.gone')).id, 'one'), false, 'and the first one has it no longer');
select is(public.fail_message((pg_temp.message('one.gone')).id, 'one', 'late'), false, 'nor may say that it failed');
select is(public.complete_message((pg_temp.message('one.gone')).id), true, 'but what was delivered was delivered');

-- Failures.
select tests.clear_authentication();
select private.enqueue('one.failing', '{}');
select tests.authenticate_as_service();
select count(*) from public.claim_messages(1, 'one');
select is(public.fail_message((pg_temp.message('one.failing')).id, 'one', 'refused'), true, 'a message may fail');
select is((pg_temp.message('one.failing')).last_error, 'refused', 'with a reason');
select ok(
    (pg_temp.message('one.failing')).next_attempt_at between now() + interval '8 seconds' and now() + interval '12 seconds',
    'it is tried again soon, not all at the same moment'
);
select is_empty($$ select id from public.claim_messages(1, 'one') $$, 'but not before');
create temporary table waits (attempt integer, wait interval);
grant all on waits to public;
do $$
begin
    for attempt in 2..10 loop
        perform pg_temp.wait('1 day');
        perform from public.claim_messages(1, 'one');
        perform public.fail_message((pg_temp.message('one.failing')).id, 'one', 'refused again');
        insert into waits
        select attempt, next_attempt_at - now()
        from pg_temp.message('one.failing');
    end loop;
end;
$$;
select is_empty(
    $$ select attempt from waits as earlier where exists (
        select from waits as later where later.attempt = earlier.attempt + 1 and later.attempt < 10 and later.wait <= earlier.wait
    ) $$,
    'each wait is longer than the one before'
);
select ok(
    (select sum(wait) from waits where attempt < 10) between interval '18 hours' and interval '30 hours',
    'ten attempts take about a day'
);
select is((pg_temp.message('one.failing')).state, 'dead', 'then it is dead');
select pg_temp.wait('1 year');
select is_empty($$ select id from public.claim_messages(1, 'one') $$, 'and not tried again');
select tests.clear_authentication();
select private.enqueue('one.hopeless', '{}');
select tests.authenticate_as_service();
select count(*) from public.claim_messages(1, 'one');
select public.fail_message((pg_temp.message('one.hopeless')).id, 'one', 'no such mailbox', true);
select is((pg_temp.message('one.hopeless')).state, 'dead', 'so is at once what can never be delivered');
select tests.clear_authentication();
select private.enqueue('one.deadly', '{}');
select tests.authenticate_as_service();
do $$
begin
    for attempt in 1..10 loop
        perform from public.claim_messages(1, 'one');
        perform pg_temp.wait('61 seconds');
    end loop;
end;
$$;
select is_empty($$ select id from public.claim_messages(1, 'one') $$, 'what no worker survives is given up');
select is((pg_temp.message('one.deadly')).last_error, 'No worker said what became of it.', 'and says so');

-- Bounds.
select tests.clear_authentication();
insert into private.outbox (topic) select 'many.at_once' from generate_series(1, 30);
select tests.authenticate_as_service();
select is((select count(*) from public.claim_messages(7, 'one')), 7::bigint, 'a worker gets no more than it asks for');
select is((select count(*) from public.claim_messages(100, 'two')), 23::bigint, 'the next one gets others');
select is(
    tests.error_details($$ select public.claim_messages(101, ' ') $$),
    '{"max_messages": "must be at most 100", "worker": "is required"}',
    'there is an end to it'
);

-- Nobody else.
select tests.authenticate_as(:'admin');
select is(tests.error_code($$ select public.claim_messages(1, 'me') $$), '42501', 'admins claim nothing');
select is(tests.error_code('select public.complete_message(1)'), '42501', 'nor settle anything');
select is(tests.error_code($$ select private.fail_message(1, 'me', '', true) $$), '42501', 'by any door');
select tests.authenticate_as_anon();
select is(tests.error_code('select * from private.messages'), '42501', 'visitors read no message');

select * from finish();
rollback;
