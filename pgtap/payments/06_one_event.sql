-- One event, one booking: the same id with other content is refused and told, and a refusal repeated is the same refusal.
begin;
select plan(22);

select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 100);
select tests.open_till();
select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into tests.placed
select order_name, tests.place('{"LAMP": 1}', '{"payment_method": "payment_link"}')
from (values ('link'), ('other'), ('short')) as wanted (order_name);
select tests.clear_authentication();

-- A report by the payment page, in words.
create function pg_temp.said(name text, changes jsonb default '{}') returns text language sql
    return tests.reported(
        said.name,
        jsonb_build_object(
            'provider', 'payment_link', 'event_id', 'tr_001', 'order_number', tests.number_of(said.name),
            'provider_reference', 'bank-' || said.name
        ) || said.changes
    );
create function pg_temp.conflicts() returns bigint language sql
    return (select count(*) from public.security_logs where event_type = 'payment_conflict' and severity = 'critical');

-- Other content.
select is(pg_temp.said('link', '{"outcome": "failed", "provider_reference": null}'), 'failed pending failed', 'a payment fails');
select is(pg_temp.said('link'), 'idempotency_conflict', 'the same id does not say afterwards that it was made');
select is((tests.order_row(tests.id_of('link'))).payment_status, 'failed', 'nothing is booked');
select is(current_setting('response.status'), '409', 'it is answered 409');
select is(
    (select request_data from public.security_logs where event_type = 'payment_conflict'),
    jsonb_build_object(
        'order_id', tests.id_of('link'), 'payment_id', tests.payment_of('link'), 'provider', 'payment_link',
        'event_id', 'tr_001', 'booked', 'failed'
    ),
    'the security log names it'
);
select is(tests.messages_of('link'), array['payment.conflict'], 'the admins are told');
select is(
    pg_temp.said('link', '{"outcome": "failed", "provider_reference": null}'),
    'duplicate pending failed',
    'what was booked under it stays a duplicate'
);
select is(pg_temp.said('link', '{"event_id": "tr_002"}'), 'paid confirmed paid', 'a report of its own id pays');
select is(pg_temp.said('link', '{"event_id": "tr_002", "amount": 131}'), 'idempotency_conflict', 'another amount is other content');
select is(pg_temp.said('link', '{"event_id": "tr_002", "currency": "EUR"}'), 'idempotency_conflict', 'so is another currency');
select is(pg_temp.said('other', '{"event_id": "tr_002"}'), 'idempotency_conflict', 'another order');
select is(pg_temp.said('link', '{"event_id": "tr_002", "provider_reference": "bank-2"}'), 'idempotency_conflict', 'and another reference');
select is(pg_temp.conflicts(), 5::bigint, 'each is a critical event');
select is(
    pg_temp.said('link', '{"event_id": "tr_002", "event_type": "again", "payload": {"attempt": 2}}'),
    'duplicate confirmed paid',
    'what is not booked may differ'
);

-- Refusals.
select is(pg_temp.said('short', '{"event_id": "tr_003", "amount": 129}'), 'mismatch pending pending', 'less than is due is refused');
select is(pg_temp.said('short', '{"event_id": "tr_003", "amount": 129.00}'), 'mismatch pending pending', 'and refused again');
select is(
    (select count(*) from public.security_logs where event_type = 'payment_mismatch'), 1::bigint,
    'but told of once'
);
select is(
    (select concat_ws(' ', reported, reported_currency, order_id = tests.id_of('short')) from public.payment_events where event_id = 'tr_003'),
    '129 MAD t',
    'what was said is kept with the order'
);
select is(pg_temp.said('none', '{"event_id": "tr_004", "order_number": "PS-1"}'), 'unknown_order', 'an unknown order is refused');
select is(pg_temp.said('none', '{"event_id": "tr_004", "order_number": "PS-1"}'), 'unknown_order', 'and refused again');

-- Amounts.
select is(
    tests.error_details($$select pg_temp.said('short', '{"event_id": "tr_005", "amount": 130.001}')$$),
    '{"amount": "must have at most 2 decimals"}',
    'an amount that its currency can''t have is none'
);
select tests.clear_authentication();
select is(
    tests.error_details($$select pg_temp.said('short', '{"event_id": "tr_005", "amount": 130.5, "currency": "jpy"}')$$),
    '{"amount": "must have at most 0 decimals"}',
    'in any currency'
);

select * from finish();
rollback;
