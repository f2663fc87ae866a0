-- What providers report about money that went back without us: booked once each, whatever comes first.
begin;
select plan(48);

select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 100);
select tests.open_till();
select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into tests.placed
select order_name, tests.place('{"LAMP": 1}', '{"payment_method": "stripe"}')
from (
    values
        ('one'), ('total'), ('before'), ('sum'), ('ours'), ('unpaid'), ('failed'), ('disputed'), ('won'), ('both'), ('over'), ('early')
) as wanted (order_name);
select tests.clear_authentication();
select tests.report(name, jsonb_build_object('provider_reference', 'pi_' || name)) from tests.placed where name not in ('unpaid', 'early');
select public.set_payment_reference(tests.payment_of('unpaid'), 'pi_unpaid');

-- What is needed.
select is(
    tests.error_details($$select public.record_refund_event('cod', '', ' ', 'paid', '[]', null, null, 1.005, 'MAD', reason => '<b>')$$),
    '{
        "provider": "must be one of: payment_link, stripe", "event_id": "is required", "event_type": "is required",
        "outcome": "must be one of: pending, succeeded, failed, total, disputed, dispute_won, dispute_lost",
        "payload": "must be an object", "provider_reference": "is required", "refund_reference": "is required",
        "amount": "must have at most 2 decimals", "reason": "contains HTML or script"
    }',
    'every fault of an event is named'
);

-- One refund.
select is(
    tests.returned('one', '{"event_id": "evt_one", "reason": "requested_by_customer"}'),
    'refunded confirmed partially_refunded',
    'a refund made at Stripe is booked'
);
select is(tests.refunds_of('one'), array['succeeded 30.00 re_1'], 'with its id');
select is(tests.given_back('one'), 'confirmed partially_refunded 30.00, partially_refunded 30.00', 'and counts');
select is(tests.returned('one', '{"event_id": "evt_one"}'), 'duplicate confirmed partially_refunded', 'its event again is a duplicate');
select is(tests.returned('one', '{"event_type": "refund.created"}'), 'ignored confirmed partially_refunded', 'another event about it adds nothing');
select is(tests.returned('one', '{"outcome": "pending"}'), 'ignored confirmed partially_refunded', 'nor does one that comes late');
select is(
    tests.returned('one', '{"outcome": "total", "refund_reference": "ch_1"}'),
    'ignored confirmed partially_refunded',
    'nor does the charge''s total, which is the same money'
);
select is(tests.refunds_of('one'), array['succeeded 30.00 re_1'], 'there is one refund');
select is(
    tests.returned('one', '{"event_id": "evt_one", "amount": 31}'),
    'idempotency_conflict',
    'the same event with another amount is another'
);
select is(current_setting('response.status'), '409', 'which is answered 409, and commits');
select is(
    (
        select severity || ' ' || (request_data ->> 'event_id') || ' ' || (request_data ->> 'booked')
        from public.security_logs where event_type = 'payment_conflict'
    ),
    'critical evt_one refunded',
    'as a critical event'
);
select is((select count(*) from private.outbox where topic = 'payment.conflict'), 1::bigint, 'and a message');
select is(
    tests.returned('one', '{"refund_reference": "re_1b", "amount": 100, "event_type": "refund.created"}'),
    'refunded confirmed refunded',
    'another refund gives the rest back'
);
select is(tests.given_back('one'), 'confirmed refunded 130.00, refunded 130.00', 'and the payment is refunded');

-- Totals, where the provider names no refund.
select is(
    tests.returned('total', '{"outcome": "total", "refund_reference": "ch_2", "amount": 30}'),
    'refunded confirmed partially_refunded',
    'a charge''s total alone is booked'
);
select is(
    tests.returned('total', '{"outcome": "total", "refund_reference": "ch_2", "amount": 30}'),
    'ignored confirmed partially_refunded',
    'once'
);
select tests.returned('total', '{"outcome": "total", "refund_reference": "ch_2", "amount": 80}');
select is(
    tests.refunds_of('total'),
    array['succeeded 30.00 total:ch_2:30', 'succeeded 50.00 total:ch_2:80'],
    'a larger total adds what it is larger by'
);
select tests.returned('total', '{"refund_reference": "re_2b", "amount": 50}');
select tests.returned('total', '{"refund_reference": "re_2a", "amount": 30}');
select is(
    tests.refunds_of('total'),
    array['succeeded 30.00 re_2a', 'succeeded 50.00 re_2b'],
    'refunds that are named afterwards are the same money'
);
select is(
    (select count(*) from private.outbox where topic = 'payment.refunded' and payload ->> 'order_id' = tests.id_of('total')::text),
    2::bigint,
    'and told of once each'
);
select tests.returned('before', '{"outcome": "pending", "refund_reference": "re_3", "amount": 30}');
select is(
    tests.returned('before', '{"outcome": "total", "refund_reference": "ch_3", "amount": 30}'),
    'ignored confirmed paid',
    'a total counts what is on its way'
);
select is(tests.refunds_of('before'), array['pending 30.00 re_3'], 'so it is not booked again');
select tests.returned('sum', '{"outcome": "total", "refund_reference": "ch_4", "amount": 50}');
select tests.returned('sum', '{"refund_reference": "re_4a", "amount": 30}');
select is(
    tests.refunds_of('sum'),
    array['succeeded 30.00 re_4a', 'succeeded 20.00 total:ch_4:50'],
    'a total that was of several refunds is shared as they are named'
);
select tests.returned('sum', '{"refund_reference": "re_4b", "amount": 20}');
select is(tests.refunds_of('sum'), array['succeeded 30.00 re_4a', 'succeeded 20.00 re_4b'], 'to the last');
select is(tests.given_back('sum'), 'confirmed partially_refunded 50.00, partially_refunded 50.00', 'and comes to the same');

-- Ours, which Stripe tells of before we have stored its id.
create temporary table started as
select (private.start_refund(tests.payment_of('ours'), 40)).id;
select is(
    tests.returned('ours', jsonb_build_object('refund_reference', 're_5', 'amount', 40, 'refund_id', (select id from started))),
    'refunded confirmed partially_refunded',
    'a refund of ours is known by the id that it was made with'
);
select is(tests.refunds_of('ours'), array['succeeded 40.00 re_5'], 'and is one');
select is(
    (select settled.status from private.settle_refund((select id from started), 'succeeded', 're_5') as settled),
    'succeeded',
    'which may be settled again'
);

-- What fails.
select tests.returned('failed', '{"outcome": "pending", "refund_reference": "re_6"}');
select is(
    tests.returned('failed', '{"outcome": "failed", "refund_reference": "re_6", "error": "lost_or_stolen_card"}'),
    'refund_failed confirmed paid',
    'a refund that fails gives nothing back'
);
select is(tests.refunds_of('failed'), array['failed 30.00 re_6'], 'and is kept');
select is(tests.returned('failed', '{"refund_reference": "re_6"}'), 'ignored confirmed paid', 'it does not succeed afterwards');

-- What can't be booked.
select is(tests.returned('none'), 'unknown_order', 'a refund of a payment that is not ours is stored, and harms nothing');
select is(
    tests.error_code($$select tests.returned('unpaid', '{"event_id": "evt_early"}')$$),
    'busy',
    'a refund that is told of before its payment is to be told again'
);
select tests.clear_authentication();
select tests.report('unpaid', '{"provider_reference": "pi_unpaid", "amount": 129}');
select is(tests.returned('unpaid', '{"event_id": "evt_early", "refund_reference": "re_8"}'), 'mismatch pending pending', 'one of money that was not booked itself is a mismatch');
select tests.report('early', '{"provider_reference": "pi_early"}');
select is(tests.returned('early', '{"refund_reference": "re_9"}'), 'refunded confirmed partially_refunded', 'and one of money that came is booked');
select is(tests.returned('over', '{"amount": 130.01, "refund_reference": "re_7"}'), 'mismatch confirmed paid', 'as is more than was paid');
select is(tests.returned('over', '{"currency": "eur", "refund_reference": "re_7"}'), 'mismatch confirmed paid', 'or another currency');
select is(tests.returned('over', '{"refund_reference": "re_1"}'), 'mismatch confirmed paid', 'or the refund of another payment');
select is(
    tests.returned('over', '{"event_id": "evt_over", "amount": null, "refund_reference": "re_7"}')
    || ', ' || tests.returned('over', '{"event_id": "evt_over", "amount": null, "refund_reference": "re_7"}'),
    'mismatch confirmed paid, mismatch confirmed paid',
    'a refusal that is repeated is the same refusal'
);
select is(tests.refunds_of('over'), null, 'nothing of all that is booked');
select is(
    (
        select array_agg(distinct severity || ' ' || count) from (
            select severity, count(*) as count from public.security_logs
            where event_type = 'payment_mismatch' and request_data ->> 'order_id' = tests.id_of('over')::text
            group by severity
        ) as told
    ),
    array['critical 4'],
    'the admins are told of each, once'
);

-- Disputes.
select is(
    tests.returned('disputed', '{"outcome": "disputed", "refund_reference": "du_1", "amount": 130, "reason": "fraudulent"}'),
    'disputed confirmed paid',
    'a dispute books nothing yet'
);
select is(
    tests.returned('disputed', '{"outcome": "dispute_lost", "refund_reference": "du_1", "amount": 130, "reason": "fraudulent"}'),
    'dispute_lost confirmed refunded',
    'one that is lost is money gone'
);
select is(
    tests.returned('disputed', '{"outcome": "dispute_lost", "refund_reference": "du_1", "amount": 130}'),
    'ignored confirmed refunded',
    'once'
);
select is(
    (select concat_ws(' ', status, amount, provider_reference, disputed, reason) from public.refunds where order_id = tests.id_of('disputed')),
    'succeeded 130.00 du_1 t fraudulent',
    'it is a refund with the dispute''s id'
);
select is(
    tests.returned('won', '{"outcome": "dispute_won", "refund_reference": "du_2", "amount": 130}'),
    'dispute_won confirmed paid',
    'one that is won changes nothing'
);
select is(
    (select array_agg(event_type || ' ' || severity order by event_type) from public.security_logs where event_type like 'payment_dispute%'),
    array['payment_dispute_lost critical', 'payment_dispute_won info', 'payment_disputed critical'],
    'the admins are told of each'
);
select tests.returned('both', '{"outcome": "dispute_lost", "refund_reference": "du_3", "amount": 30}');
select tests.returned('both', '{"outcome": "total", "refund_reference": "ch_9", "amount": 30}');
select is(
    tests.refunds_of('both'),
    array['succeeded 30.00 du_3', 'succeeded 30.00 total:ch_9:30'],
    'what a bank took is no part of what was refunded'
);

select * from finish();
rollback;
