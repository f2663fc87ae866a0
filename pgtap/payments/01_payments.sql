-- What payments, their events and refunds may be.
begin;
select plan(19);

select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 10);
select tests.open_till();
select tests.authenticate_as(tests.user_id('buyer@example.com'));
create temporary table placed as
select (tests.place('{"LAMP": 1}', '{"payment_method": "payment_link"}') ->> 'id')::uuid as id;
select results_eq(
    'select provider, amount, currency, status, paid_at from public.payments where order_id = (select placed.id from placed)',
    $$values ('payment_link', 130.00, 'MAD', 'pending', null::timestamptz)$$,
    'an order''s payment is its total, in its currency'
);

select tests.clear_authentication();
create function pg_temp.pay(provider text, reference text) returns void language sql
    begin atomic
        insert into public.payments (order_id, provider, amount, currency, provider_reference)
        select placed.id, provider, 1, 'MAD', reference from placed;
    end;
select lives_ok($$select pg_temp.pay('stripe', 'pi_1')$$, 'a payment has its provider''s reference');
select throws_ok($$select pg_temp.pay('stripe', 'pi_1')$$, '23505', null, 'which is unique for that provider');
select lives_ok($$select pg_temp.pay('payment_link', 'pi_1')$$, 'but not for all');
select throws_ok($$select pg_temp.pay('barter', null)$$, '23514', null, 'an unknown provider is refused');
select throws_ok(
    $$update public.payments set status = 'paid' where provider_reference = 'pi_1'$$,
    '23514', null,
    'what is paid has its time'
);
select throws_ok($$update public.payments set amount = -1$$, '23514', null, 'no payment is negative');
select throws_ok($$update public.payments set status = 'lost'$$, '23514', null, 'no payment has an unknown status');

insert into public.payment_events (provider, event_id, event_type, payload) values ('stripe', 'evt_1', 'paid', '{}');
select throws_ok(
    $$insert into public.payment_events (provider, event_id, event_type, payload) values ('stripe', 'evt_1', 'paid', '{}')$$,
    '23505', null,
    'a provider''s event is stored once'
);
select lives_ok(
    $$insert into public.payment_events (provider, event_id, event_type, payload) values ('payment_link', 'evt_1', 'paid', '{}')$$,
    'another provider''s is another'
);
select throws_ok($$update public.payment_events set result = 'lost', processed_at = now()$$, '23514', null, 'no event has an unknown result');
select throws_ok($$update public.payment_events set result = 'paid'$$, '23514', null, 'nor a result without its time');
select throws_ok($$update public.payment_events set processed_at = now()$$, '23514', null, 'nor a time without its result');
select throws_ok($$update public.payments set refund_due_at = now()$$, '23514', null, 'what is to be given back says why');
select throws_ok($$update public.payments set refund_due_reason = 'already_paid'$$, '23514', null, 'and since when');
select throws_ok(
    $$update public.payments set refund_due_at = now(), refund_due_reason = 'changed my mind'$$,
    '23514', null,
    'in one of the words for it'
);
select throws_ok(
    $$insert into public.refunds (payment_id, order_id, amount) select id, order_id, 0 from public.payments where provider_reference = 'pi_1'$$,
    '23514', null,
    'a refund of nothing is none'
);
select throws_ok(
    $$insert into public.refunds (payment_id, order_id, amount, reason) select id, order_id, 1, '<b>' from public.payments where provider_reference = 'pi_1'$$,
    '23514', null,
    'its reason is plain text'
);
select throws_ok('delete from public.orders where id = (select placed.id from placed)', null, null, 'an order with payments is not deleted');

select * from finish();
rollback;
