-- Money given back: never more than was paid, what it makes of payment and order, and what fails.
begin;
select plan(52);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 100);
select tests.open_till();
select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into tests.placed
select order_name, tests.place('{"LAMP": 1}', '{"payment_method": "stripe"}')
from (
    values ('card'), ('parts'), ('unpaid'), ('failing'), ('late'), ('twice'), ('delivered'), ('sent'), ('gone')
) as wanted (order_name);
insert into tests.placed select 'link', tests.place('{"LAMP": 1}', '{"payment_method": "payment_link"}');
select tests.clear_authentication();

create function pg_temp.pay(name text) returns void language sql
    begin atomic
        select tests.report(pay.name, jsonb_build_object('provider_reference', 'pi_' || pay.name));
    end;
create function pg_temp.start(name text, amount numeric default null) returns text language sql
    return (
        select concat_ws(' ', started.status, started.amount)
        from private.start_refund(tests.payment_of(start.name), start.amount, 'Broken on arrival') as started
    );
create function pg_temp.settle(name text, status text, reference text default null, error text default null) returns text language sql
    return (
        select concat_ws(' ', settled.status, settled.provider_reference, settled.error)
        from private.settle_refund(
            (select id from public.refunds where order_id = tests.id_of(settle.name) order by created_at desc, settled_at nulls first limit 1),
            settle.status, settle.reference, settle.error
        ) as settled
    );
create function pg_temp.move(name text, status text) returns void language sql
    begin atomic
        select private.move_order(tests.id_of(move.name), move.status);
    end;
select pg_temp.pay(name) from tests.placed where name not in ('unpaid', 'link', 'late');

-- No more than was paid.
select is(
    tests.error_details($$select pg_temp.start('card', 130.01)$$),
    '{"amount": "must be at most 130.00: no more is left of what was paid"}',
    'more than was paid is not given back'
);
select is(
    (tests.error($$select pg_temp.start('card', 130.01)$$) ->> 'hint')::jsonb,
    '{"amount": ["above", 130.00]}',
    'which the hint says in numbers'
);
select is(tests.error_details($$select pg_temp.start('card', 0)$$), '{"amount": "must be at least 0.01"}', 'nothing is no refund');
select is(tests.error_details($$select pg_temp.start('card', -1)$$), '{"amount": "must be at least 0.01"}', 'nor is less');
select is(tests.error_details($$select pg_temp.start('card', 1.005)$$), '{"amount": "must have at most 2 decimals"}', 'no amount is rounded');
select is(tests.error_details($$select pg_temp.start('card', 'NaN')$$), '{"amount": "must be a number"}', 'nor guessed');
select is(
    tests.error_details($$select pg_temp.start('unpaid')$$),
    '{"amount": "must be at most 0: no more is left of what was paid"}',
    'what was never paid is not given back'
);
select is(tests.error_code($$select private.start_refund(gen_random_uuid())$$), 'not_found', 'an unknown payment is not found');
select throws_ok(
    $$insert into public.refunds (payment_id, order_id, amount) select id, order_id, 130.01 from public.payments where provider_reference = 'pi_card'$$,
    '23514', null,
    'a constraint says so, too'
);
select throws_ok(
    $$insert into public.refunds (payment_id, order_id, amount, status) select id, order_id, 1, 'succeeded' from public.payments where order_id = tests.id_of('unpaid')$$,
    '23514', null,
    'also of what was never paid'
);
select throws_ok(
    $$update public.payments set refunded_amount = 131 where provider_reference = 'pi_card'$$,
    '23514', null,
    'whoever writes'
);
select throws_ok(
    $$update public.payments set refunded_amount = -1 where provider_reference = 'pi_card'$$,
    '23514', null,
    'and nobody gives back less than nothing'
);

-- At Stripe it takes a while.
select is(pg_temp.start('card', 50), 'pending 50.00', 'a refund of a Stripe payment waits for Stripe');
select is(tests.given_back('card'), 'confirmed paid 0.00, paid 50.00', 'the payment counts it, the order does not yet');
select is(
    (select concat_ws(' ', provider, order_id = tests.id_of('card'), reason, settled_at) from public.refunds where order_id = tests.id_of('card')),
    'stripe t Broken on arrival',
    'it is its payment''s provider''s and its order''s'
);
select is(
    tests.error_details($$select pg_temp.start('card', 80.01)$$),
    '{"amount": "must be at most 80.00: no more is left of what was paid"}',
    'what is on its way is not given back again'
);
select is(pg_temp.settle('card', 'pending', 're_card'), 'pending re_card', 'Stripe gives it an id');
select is(pg_temp.settle('card', 'succeeded', 're_card'), 'succeeded re_card', 'and succeeds');
select is(tests.given_back('card'), 'confirmed partially_refunded 50.00, partially_refunded 50.00', 'then the order has it');
select is(
    (select settled_at from public.refunds where order_id = tests.id_of('card')), now(),
    'with its time'
);
select is(pg_temp.settle('card', 'succeeded', 're_other'), 'succeeded re_card', 'once, under the id it had');
select is(pg_temp.settle('card', 'pending'), 'succeeded re_card', 'and not pending again');
select is(
    (select array_agg(payload ->> 'amount') from private.outbox where topic = 'payment.refunded' and payload ->> 'order_id' = tests.id_of('card')::text),
    array['50.00'],
    'one message says it'
);
select is(pg_temp.start('card'), 'pending 80.00', 'without an amount it is all that is left');
select is(
    tests.error_details($$select pg_temp.start('card')$$),
    '{"amount": "must be at most 0.00: no more is left of what was paid"}',
    'of which there is an end'
);
select pg_temp.settle('card', 'succeeded', 're_rest');
select is(tests.given_back('card'), 'confirmed refunded 130.00, refunded 130.00', 'a refund of all that was paid makes the payment refunded');
select throws_ok(
    $$update public.refunds set provider_reference = 're_card' where provider_reference = 're_rest'$$,
    '23505', null,
    'a provider''s refund is booked once'
);
select throws_ok($$update public.refunds set status = 'lost'$$, '23514', null, 'no refund has an unknown status');

-- The order's status.
select pg_temp.move('delivered', status) from unnest(array['processing', 'shipped', 'delivered']) as status;
select pg_temp.move('sent', status) from unnest(array['processing', 'shipped']) as status;
select pg_temp.start(name) from (values ('delivered'), ('sent')) as orders (name);
select is(tests.given_back('delivered'), 'delivered paid 0.00, paid 130.00', 'an order stays delivered while its money is on its way');
select pg_temp.settle('delivered', 'succeeded', 're_delivered');
select is(tests.given_back('delivered'), 'refunded refunded 130.00, refunded 130.00', 'and is refunded when it is back');
select is(
    (tests.messages_of('delivered'))[5:],
    array['order.refunded'],
    'of which one message is enough'
);
select pg_temp.settle('sent', 'succeeded', 're_sent');
select is(tests.given_back('sent'), 'shipped refunded 130.00, refunded 130.00', 'an order that is under way stays where it is');

-- Money that is due.
select pg_temp.move('gone', 'cancelled');
select is(tests.given_back('gone'), 'cancelled paid 0.00, paid 0.00 order_cancelled', 'a cancelled order''s money is due');
select pg_temp.start('gone', 30);
select pg_temp.settle('gone', 'succeeded', 're_gone_1');
select is(tests.given_back('gone'), 'cancelled partially_refunded 30.00, partially_refunded 30.00 order_cancelled', 'until all of it');
select pg_temp.start('gone');
select pg_temp.settle('gone', 'succeeded', 're_gone_2');
select is(tests.given_back('gone'), 'refunded refunded 130.00, refunded 130.00', 'has been given back, which makes the order refunded');
select is((select refund_due_at from public.payments where order_id = tests.id_of('gone')), null, 'and is due no more');
select pg_temp.move('late', 'cancelled');
select pg_temp.pay('late');
select pg_temp.start('late');
select is(tests.given_back('late'), 'cancelled paid 0.00, paid 130.00 order_cancelled', 'money that came for a cancelled order is due until the provider');
select pg_temp.settle('late', 'succeeded', 're_late');
select is(tests.given_back('late'), 'refunded refunded 130.00, refunded 130.00', 'has given it back');

-- Money that came twice.
select tests.report('twice', '{"provider_reference": "pi_twice_again"}');
select is(tests.given_back('twice'), 'confirmed paid 0.00, paid 0.00, paid 0.00 already_paid', 'where money came twice');
select private.settle_refund(started.id, 'succeeded', 're_again')
from private.start_refund((select id from public.payments where provider_reference = 'pi_twice_again')) as started;
select is(
    tests.given_back('twice'),
    'confirmed paid 0.00, paid 0.00, refunded 130.00',
    'giving back the second takes nothing off the order, which stays paid'
);
select pg_temp.start('twice');
select private.settle_refund(id, 'succeeded', 're_twice') from public.refunds where payment_id = tests.payment_of('twice');
select is(tests.given_back('twice'), 'confirmed refunded 130.00, refunded 130.00, refunded 130.00', 'giving back the first does');

-- What fails.
select pg_temp.move('failing', 'cancelled');
select pg_temp.start('failing');
select is(
    pg_temp.settle('failing', 'failed', 're_failing', 'expired_or_canceled_card'),
    'failed re_failing expired_or_canceled_card',
    'a refund may fail, with a reason'
);
select is(tests.given_back('failing'), 'cancelled paid 0.00, paid 0.00 order_cancelled', 'its money is free to be given back again, and still due');
select is(
    (select request_data ->> 'error' || ' ' || severity from public.security_logs where event_type = 'payment_refund_failed'),
    'expired_or_canceled_card error',
    'the security log has it'
);
select is((tests.messages_of('failing'))[4:], array['payment.refund_failed'], 'and a message');
select is(pg_temp.settle('failing', 'succeeded'), 'failed re_failing expired_or_canceled_card', 'what failed stays failed');
select throws_ok(
    $$update public.refunds set status = 'succeeded' where provider_reference = 're_failing'$$,
    'PGRST', null,
    'whoever says otherwise'
);
select pg_temp.start('failing');
select private.settle_refund(id, 'succeeded', 're_bounced') from public.refunds where order_id = tests.id_of('failing') and status = 'pending';
select is(tests.given_back('failing'), 'refunded refunded 130.00, refunded 130.00', 'tried again it succeeds');
select private.settle_refund(id, 'failed', error => 'account closed') from public.refunds where provider_reference = 're_bounced';
select is(
    tests.given_back('failing'),
    'refunded paid 0.00, paid 0.00 order_cancelled',
    'money that bounces from the customer''s bank is due again'
);

-- Money that a person gives back.
select tests.report('link', jsonb_build_object('provider', 'payment_link', 'order_number', tests.number_of('link'), 'provider_reference', 'bank-1'));
select is(pg_temp.start('link', 30), 'succeeded 30.00', 'where no provider gives it back, a refund is what a person did');
select is(tests.given_back('link'), 'confirmed partially_refunded 30.00, partially_refunded 30.00', 'and counts at once');
select is(
    tests.outcome('buyer@example.com', $$select 1 from public.refunds where status = 'succeeded'$$),
    'rows',
    'the customer sees it'
);

select * from finish();
rollback;
