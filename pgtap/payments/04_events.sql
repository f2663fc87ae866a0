-- What providers report: each event once, the money compared, the order confirmed.
begin;
select plan(64);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('buyer@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 100);
select tests.open_till();

select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into tests.placed
select order_name, tests.place('{"LAMP": 1}', jsonb_build_object('payment_method', method))
from (
    values
        ('card', 'stripe'), ('early', 'stripe'), ('link', 'payment_link'), ('short', 'stripe'), ('by hand', 'stripe'),
        ('retried', 'stripe'), ('given up', 'stripe'), ('changed', 'stripe'), ('settled', 'stripe'), ('cash', 'cod')
) as wanted (order_name, method);
select tests.clear_authentication();
update public.orders set payment_status = 'paid' where id = tests.id_of('settled');
create function pg_temp.start(name text, reference text) returns void language sql
    begin atomic
        select public.set_payment_reference(
            (public.start_payment(tests.id_of(start.name), 'stripe', tests.user_id('buyer@example.com')) ->> 'payment_id')::uuid,
            start.reference
        );
    end;
grant execute on all functions in schema pg_temp to anon, authenticated, service_role;

-- What is needed.
select is(
    tests.error_details($$select public.record_payment_event(null, null, ' ', null, null)$$),
    '{
        "provider": "is required", "event_id": "is required", "event_type": "is required", "outcome": "is required",
        "payload": "is required"
    }',
    'every fault of an event is named'
);
select is(
    tests.error_details($$select public.record_payment_event('cod', repeat('e', 256), '<b>', 'maybe', '[]', provider_reference => '')$$),
    '{
        "provider": "must be one of: payment_link, stripe", "event_id": "is too long (at most 255 characters)",
        "event_type": "contains HTML or script", "outcome": "must be one of: paid, failed, cancelled, ignored",
        "payload": "must be an object", "provider_reference": "is required"
    }',
    'whatever they are'
);
select is_empty('select * from public.payment_events', 'an event that is refused is not stored');

-- Paid.
select pg_temp.start('card', 'pi_card');
select is(
    tests.report('card', '{"event_id": "evt_card", "provider_reference": "pi_card", "currency": "mad"}'),
    jsonb_build_object('result', 'paid', 'order_id', tests.id_of('card'), 'order_status', 'confirmed', 'payment_status', 'paid'),
    'money that came in confirms the order'
);
select results_eq(
    $$select status, provider_reference, paid_at, refund_due_at from public.payments where order_id = tests.id_of('card')$$,
    $$values ('paid', 'pi_card', now(), null::timestamptz)$$,
    'its payment is paid'
);
select results_eq(
    $$
    select provider, event_type, payload, result, processed_at, payment_id
    from public.payment_events
    where event_id = 'evt_card'
    $$,
    $$
    select 'stripe', 'payment_intent.succeeded', '{"from": "tests"}'::jsonb, 'paid', now(), id
    from public.payments
    where order_id = tests.id_of('card')
    $$,
    'the event is stored with its result and its payment'
);
select is(
    (select status from public.stock_reservations where order_id = tests.id_of('card')),
    'committed',
    'the units are sold'
);
select is(tests.messages_of('card'), array['order.confirmed'], 'one message says it');
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree after a payment');
select is(
    tests.reported('card', '{"event_id": "evt_card", "provider_reference": "pi_card"}'),
    'duplicate confirmed paid',
    'the same event again is a duplicate'
);
select is(
    tests.reported('card', '{"event_id": "evt_card", "provider_reference": "pi_card", "amount": 130.00, "currency": "MAD"}'),
    'duplicate confirmed paid',
    'however it writes amount and currency'
);
select is((select count(*) from public.payment_events where event_id = 'evt_card'), 1::bigint, 'and is stored once');
select is(
    tests.reported('card', '{"provider": "payment_link", "event_id": "evt_card", "outcome": "ignored"}'),
    'ignored confirmed paid',
    'another provider''s event of that id is another'
);
select is(
    tests.reported('card', '{"provider_reference": "pi_card", "event_type": "charge.succeeded"}'),
    'ignored confirmed paid',
    'a second event about the same money is stored, and ignored'
);
select is(
    tests.reported('card', '{"outcome": "failed", "provider_reference": "pi_card"}'),
    'ignored confirmed paid',
    'a failure after the payment comes too late'
);
select is(
    tests.reported('card', '{"outcome": "cancelled", "provider_reference": "pi_card"}'),
    'ignored confirmed paid',
    'so does giving up'
);
select is(tests.payments_of('card'), array['stripe paid pi_card'], 'all of which leave one paid payment');
select is(
    tests.results_of('card'),
    array['ignored', 'ignored', 'ignored', 'paid'],
    'every event keeps what came of it'
);
select throws_ok(
    $$update public.payments set status = 'pending' where order_id = tests.id_of('card')$$,
    'PGRST', null,
    'nobody makes a payment unpaid, not even the database''s owner'
);
select lives_ok(
    $$update public.payments set status = 'partially_refunded' where order_id = tests.id_of('card')$$,
    'but it may be given back'
);
select is(
    (select count(*) from public.audit_logs where table_name = 'payments' and row_id = (select id::text from public.payments where order_id = tests.id_of('card')) and actor_id is null),
    4::bigint,
    'what the service changes in payments is in the audit log, as the service''s: the hold, the reference, the money, its return'
);

-- Finding the order.
select is(
    tests.reported('early', '{"provider_reference": "pi_early"}'),
    'paid confirmed paid',
    'money may be reported before its reference is stored: the order is found by id'
);
select is((tests.order_row(tests.id_of('early'))).payment_intent_id, 'pi_early', 'and gets the reference');
select is(
    public.set_payment_reference((select id from public.payments where order_id = tests.id_of('early')), 'pi_early') ->> 'status',
    'paid',
    'which may be stored again afterwards'
);
select is(
    tests.reported('link', jsonb_build_object(
        'provider', 'payment_link', 'order_number', tests.number_of('link'), 'provider_reference', 'bank-1', 'amount', 130.00
    )),
    'paid confirmed paid',
    'or by number'
);
select is(tests.payments_of('link'), array['payment_link paid bank-1'], 'with the reference of a payment page');
select is((tests.order_row(tests.id_of('link'))).payment_intent_id, null, 'which is no intent');
select is(
    tests.report('none', '{"event_id": "evt_lost", "provider_reference": "pi_lost"}'),
    '{"result": "unknown_order", "order_id": null, "order_status": null, "payment_status": null}',
    'money for an order that is not known is said to be so'
);
select is(tests.reported('none', '{"order_id": "00000000-0000-4000-8000-000000000000", "outcome": "failed"}'), 'unknown_order', 'so is a failure');
select is(tests.reported('none', '{"outcome": "ignored"}'), 'ignored', 'but news that asks nothing is no mystery');
select is(tests.reported('none', '{"order_number": "PS-000000-0000000"}'), 'unknown_order', 'and an unknown number');
select is(tests.reported('none', '{"event_id": "evt_lost", "provider_reference": "pi_lost"}'), 'unknown_order', 'again when it is said again');
select is(
    (select array_agg(severity) from public.security_logs where event_type = 'payment_unknown_order'),
    array['warning', 'warning'],
    'where money came, the security log names it, once'
);
select is(
    tests.reported('short', '{"outcome": "ignored", "event_type": "payment_intent.created"}'),
    'ignored pending pending',
    'an event that means nothing is stored, and changes nothing'
);

-- Comparing.
select is(
    tests.reported('short', '{"amount": 129.99}'),
    'mismatch pending pending',
    'less than is due is not paid'
);
select is(tests.reported('short', '{"amount": 130.01}'), 'mismatch pending pending', 'nor is more');
select is(tests.reported('short', '{"amount": 13000}'), 'mismatch pending pending', 'nor the amount in centimes');
select is(tests.reported('short', '{"amount": null}'), 'mismatch pending pending', 'nor an amount that is not said');
select is(tests.reported('short', '{"amount": "NaN"}'), 'mismatch pending pending', 'nor one that is none');
select is(tests.reported('short', '{"currency": "EUR"}'), 'mismatch pending pending', 'nor is another currency');
select is(tests.reported('short', '{"currency": null}'), 'mismatch pending pending', 'nor none');
select is(
    tests.reported('short', jsonb_build_object('order_id', tests.id_of('short'), 'order_number', tests.number_of('card'))),
    'mismatch pending pending',
    'nor an order that is called by another''s number'
);
select is(
    tests.reported('short', jsonb_build_object('order_id', tests.id_of('short'), 'provider_reference', 'pi_early')),
    'mismatch confirmed paid',
    'nor one with the reference of another''s payment'
);
select is(tests.payments_of('short'), array['stripe pending'], 'no payment is marked by any of these');
select is(
    (select array_agg(distinct severity || ' ' || (request_data ->> 'due_amount')) from public.security_logs where event_type = 'payment_mismatch'),
    array['critical 130.00'],
    'each is a critical event'
);
select is(
    (select array_agg(payload ->> 'amount' order by id) from private.outbox where topic = 'payment.mismatch'),
    array['129.99', '130.01', '13000', null, 'NaN', '130', '130', '130', '130'],
    'and a message'
);
select is(tests.reported('short'), 'paid confirmed paid', 'the right amount is paid all the same');

-- Failing.
select pg_temp.start('retried', 'pi_retried');
select is(
    tests.reported('retried', '{"outcome": "failed", "provider_reference": "pi_retried", "amount": null, "currency": null}'),
    'failed pending failed',
    'a failed payment leaves the order pending'
);
select is(tests.reported('retried', '{"outcome": "failed", "provider_reference": "pi_retried"}'), 'ignored pending failed', 'and fails once');
select is(tests.payments_of('retried'), array['stripe failed pi_retried'], 'it has failed');
select is(
    tests.reported('retried', '{"outcome": "failed", "provider_reference": "pi_of_long_ago"}'),
    'ignored pending failed',
    'a failure of another attempt is not its own'
);
select pg_temp.start('retried', 'pi_retried');
select is(tests.reported('retried', '{"provider_reference": "pi_retried"}'), 'paid confirmed paid', 'tried again, it is paid');
select is(
    tests.reported('given up', '{"outcome": "failed"}') || ', ' || tests.reported('given up', '{"outcome": "cancelled"}'),
    'failed pending failed, failed pending failed',
    'a payment that failed may be given up'
);
select is(tests.payments_of('given up'), array['stripe cancelled'], 'it is cancelled then');
select is(tests.reported('given up', '{"outcome": "failed"}'), 'ignored pending failed', 'and fails no more');
select pg_temp.start('changed', 'pi_old');
select public.set_payment_reference((select id from public.payments where order_id = tests.id_of('changed')), 'pi_new', replaces => 'pi_old');
select is(
    tests.reported('changed', '{"provider_reference": "pi_old"}'),
    'paid confirmed paid',
    'money under a reference that was replaced is the order''s all the same'
);
select is(
    tests.payments_of('changed'),
    array['stripe paid pi_old', 'stripe cancelled pi_new'],
    'and the attempt that took its place is closed'
);
select is(tests.reported('settled', '{"outcome": "failed"}'), 'ignored pending paid', 'where the order is paid in another way, a failure means nothing');
select is(tests.payments_of('settled'), array['stripe pending'], 'nor does it close the attempt');

-- Orders on their way.
update public.orders set status = 'confirmed' where id = tests.id_of('by hand');
select is(
    tests.reported('by hand', '{"provider_reference": "pi_hand"}'),
    'paid confirmed paid',
    'an order that was confirmed by hand is paid, and stays where it is'
);
select is(tests.messages_of('by hand'), array['order.confirmed', 'payment.paid'], 'a message says that it was');
select is(tests.reported('cash', '{"provider_reference": "pi_cash"}'), 'paid confirmed paid', 'money for an order to be paid in cash is its payment');
select is(tests.payments_of('cash'), array['stripe paid pi_cash', 'cod cancelled'], 'and no cash is due');
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree');

select * from finish();
rollback;
