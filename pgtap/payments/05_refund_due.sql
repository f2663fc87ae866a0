-- Money that the order can't keep: it is booked, marked to be given back, and the admins are told.
begin;
select plan(43);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('buyer@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 100);
update public.system_settings set value = '["cod", "payment_link", "stripe"]' where key = 'checkout.payment_methods';
select tests.create_product('RARE', 100.00, 2);
insert into public.coupons (code, discount_type, discount_value, usage_limit) values ('ONCE', 'free_shipping', 0, 1);

create temporary table placed (name text primary key, document jsonb);
grant select, insert on placed to anon, authenticated, service_role;
create function pg_temp.id_of(name text) returns uuid language sql
    return (select (document ->> 'id')::uuid from placed where placed.name = id_of.name);
create function pg_temp.number_of(name text) returns text language sql
    return (select document ->> 'order_number' from placed where placed.name = number_of.name);

create temporary sequence event_number;
grant usage on sequence event_number to service_role;
-- A report about an order, as the service; changes are arguments of record_payment_event that differ from a plain one by
-- Stripe that 130 MAD were paid.
create function pg_temp.report(name text, changes jsonb default '{}') returns jsonb language plpgsql as $$
declare
    answer jsonb;
begin
    perform tests.authenticate_as_service();
    answer := public.record_payment_event(
        provider => coalesce(changes ->> 'provider', 'stripe'),
        event_id => case when changes ? 'event_id' then changes ->> 'event_id' else 'evt-' || nextval('pg_temp.event_number') end,
        event_type => coalesce(changes ->> 'event_type', 'payment_intent.succeeded'),
        outcome => case when changes ? 'outcome' then changes ->> 'outcome' else 'paid' end,
        payload => coalesce(changes -> 'payload', '{"from": "tests"}'),
        order_id => case when changes ? 'order_number' or changes ? 'order_id' then (changes ->> 'order_id')::uuid else pg_temp.id_of(report.name) end,
        order_number => changes ->> 'order_number',
        provider_reference => changes ->> 'provider_reference',
        amount => case when changes ? 'amount' then (changes ->> 'amount')::numeric else 130 end,
        currency => case when changes ? 'currency' then changes ->> 'currency' else 'MAD' end
    );
    perform tests.clear_authentication();
    return answer;
end;
$$;
-- The answer in words: result, order's status, its payment_status.
create function pg_temp.outcome(name text, changes jsonb default '{}') returns text language sql
    begin atomic
        select concat_ws(' ', answer ->> 'result', answer ->> 'order_status', answer ->> 'payment_status')
        from pg_temp.report(outcome.name, outcome.changes) as answer;
    end;
-- All payments of an order, in words.
create function pg_temp.payments_of(name text) returns text[] language sql
    return (
        select array_agg(
            concat_ws(' ', provider, status, provider_reference, refund_due_reason)
            order by created_at, status desc, provider_reference
        )
        from public.payments
        where order_id = pg_temp.id_of(payments_of.name)
    );
create function pg_temp.results_of(name text) returns text[] language sql
    return (
        select array_agg(payment_events.result order by payment_events.result)
        from public.payment_events
        inner join public.payments on payments.id = payment_events.payment_id
        where payments.order_id = pg_temp.id_of(results_of.name)
    );
create function pg_temp.messages_of(name text) returns text[] language sql
    return (
        select array_agg(topic order by id)
        from private.outbox
        where payload ->> 'order_id' = pg_temp.id_of(messages_of.name)::text and topic <> 'order.placed'
    );

select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into placed
select order_name, tests.place('{"LAMP": 1}', '{"payment_method": "stripe"}')
from (values ('late'), ('after'), ('twice'), ('opened'), ('refunded'), ('part'), ('failed')) as wanted (order_name);
insert into placed select 'link', tests.place('{"LAMP": 1}', '{"payment_method": "payment_link"}');
insert into placed select 'rare', tests.place('{"RARE": 1, "LAMP": 1}', '{"payment_method": "stripe", "coupon_code": "ONCE"}');
insert into placed select 'retaken', tests.place('{"RARE": 1}', '{"payment_method": "stripe"}');
insert into placed select 'busy', tests.place('{"LAMP": 1}', '{"payment_method": "stripe"}');
select tests.clear_authentication();
create function pg_temp.cancel(name text) returns void language plpgsql as $$
begin
    perform tests.authenticate_as(tests.user_id('buyer@example.com'));
    perform public.cancel_order(pg_temp.id_of(cancel.name));
    perform tests.clear_authentication();
end;
$$;
create function pg_temp.alerts_of(name text) returns text[] language sql
    return (
        select array_agg(event_type || ' ' || severity)
        from public.security_logs
        where request_data ->> 'order_id' = pg_temp.id_of(alerts_of.name)::text
    );
grant execute on all functions in schema pg_temp to anon, authenticated, service_role;

-- Cancelled before the money came.
select pg_temp.cancel('late');
select is(pg_temp.payments_of('late'), array['stripe cancelled'], 'a cancelled order''s payment is cancelled');
select is(
    pg_temp.report('late', '{"event_id": "evt_late", "provider_reference": "pi_late"}'),
    jsonb_build_object('result', 'refund_due', 'order_id', pg_temp.id_of('late'), 'order_status', 'cancelled', 'payment_status', 'paid'),
    'money for a cancelled order is to be given back; the order stays cancelled'
);
select results_eq(
    $$select status, provider_reference, paid_at, refund_due_at, refund_due_reason from public.payments where order_id = pg_temp.id_of('late')$$,
    $$values ('paid', 'pi_late', now(), now(), 'order_cancelled')$$,
    'it is booked on the order''s payment, with why'
);
select is(
    (select payload from private.outbox where topic = 'payment.refund_due' and payload ->> 'order_id' = pg_temp.id_of('late')::text),
    (
        select jsonb_build_object('order_id', order_id, 'payment_id', id, 'amount', 130.00, 'reason', 'order_cancelled')
        from public.payments
        where order_id = pg_temp.id_of('late')
    ),
    'a message tells the admins what'
);
select is(pg_temp.alerts_of('late'), array['payment_refund_due critical'], 'and a critical event');
select is((select result from public.payment_events where event_id = 'evt_late'), 'refund_due', 'the event keeps its result');
select is(pg_temp.outcome('late', '{"event_id": "evt_late"}'), 'duplicate cancelled paid', 'and is booked once');
select is(pg_temp.outcome('late', '{"provider_reference": "pi_late"}'), 'ignored cancelled paid', 'as is its money');
select is(
    pg_temp.outcome('late', '{"provider_reference": "pi_later"}'),
    'refund_due cancelled paid',
    'other money for it is to be given back too'
);
select is(
    pg_temp.payments_of('late'),
    array['stripe paid pi_late order_cancelled', 'stripe paid pi_later order_cancelled'],
    'as a payment of its own'
);
select is(tests.outcome('buyer@example.com', $$select 1 from public.payments where refund_due_reason = 'order_cancelled'$$), 'rows', 'the customer reads that it is to be given back');
select is(tests.outcome('other@example.com', 'select 1 from public.payments where refund_due_reason is not null'), 'no rows', 'others do not');
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree after money that came late');
select lives_ok($$update public.orders set status = 'refunded' where id = pg_temp.id_of('late')$$, 'a cancelled order whose money came can be refunded');

-- Cancelled after.
select pg_temp.outcome('after', '{"provider_reference": "pi_after"}');
select pg_temp.cancel('after');
select is(pg_temp.payments_of('after'), array['stripe paid pi_after order_cancelled'], 'the money of an order that is cancelled is to be given back');
select is(pg_temp.messages_of('after'), array['order.confirmed', 'order.cancelled', 'payment.refund_due'], 'as the admins are told');
select is(pg_temp.alerts_of('after'), null, 'but that is no matter of security');
select pg_temp.outcome('part', '{"provider_reference": "pi_part"}');
update public.payments set status = 'partially_refunded' where order_id = pg_temp.id_of('part');
insert into public.refunds (payment_id, order_id, amount) select id, order_id, 30 from public.payments where order_id = pg_temp.id_of('part');
select pg_temp.cancel('part');
select is(
    (select payload ->> 'amount' from private.outbox where topic = 'payment.refund_due' and payload ->> 'order_id' = pg_temp.id_of('part')::text),
    '100.00',
    'less what has been given back'
);
select is(pg_temp.outcome('failed', '{"outcome": "failed"}'), 'failed pending failed', 'where a payment failed');
select pg_temp.cancel('failed');
select is(pg_temp.payments_of('failed'), array['stripe cancelled'], 'cancelling the order closes it');
select is(pg_temp.messages_of('failed'), array['order.cancelled'], 'and there is nothing to give back');
select is(pg_temp.outcome('failed', '{"outcome": "failed"}'), 'ignored cancelled failed', 'a failure then changes nothing');

-- Paid already.
select is(pg_temp.outcome('twice', '{"provider_reference": "pi_one"}'), 'paid confirmed paid', 'an order is paid');
create temporary table before as
select tests.order_row(pg_temp.id_of('twice')) as row;
select is(pg_temp.outcome('twice', '{"provider_reference": "pi_two"}'), 'refund_due confirmed paid', 'a second payment is to be given back');
select is(
    pg_temp.payments_of('twice'),
    array['stripe paid pi_one', 'stripe paid pi_two already_paid'],
    'it has a row of its own'
);
select is(tests.order_row(pg_temp.id_of('twice')), (select row from before), 'the order is untouched');
select is(pg_temp.alerts_of('twice'), array['payment_refund_due critical'], 'the admins are told');
select is(pg_temp.outcome('twice'), 'refund_due confirmed paid', 'money without a reference is other money');
select is(pg_temp.outcome('twice', '{"amount": 1}'), 'mismatch confirmed paid', 'and compared as any');
select public.set_payment_reference((select id from public.payments where order_id = pg_temp.id_of('opened')), 'pi_open');
select is(pg_temp.outcome('opened', '{"provider_reference": "pi_first"}'), 'paid confirmed paid', 'where an order is paid by another attempt than the open one');
select is(pg_temp.outcome('opened', '{"provider_reference": "pi_open"}'), 'refund_due confirmed paid', 'and then by that one');
select is(
    pg_temp.payments_of('opened'),
    array['stripe paid pi_first', 'stripe paid pi_open already_paid'],
    'the money is booked where its reference was'
);
select pg_temp.outcome('refunded', '{"provider_reference": "pi_refunded"}');
update public.payments set status = 'refunded' where order_id = pg_temp.id_of('refunded');
update public.orders set payment_status = 'refunded' where id = pg_temp.id_of('refunded');
select is(pg_temp.outcome('refunded', '{"provider_reference": "pi_again"}'), 'refund_due confirmed refunded', 'an order whose money went back takes no more');

-- Sold out.
select tests.lapse(pg_temp.id_of('rare'));
select tests.authenticate_as(tests.user_id('other@example.com'));
insert into placed select 'winner', tests.place('{"RARE": 1}');
select tests.clear_authentication();
select is(
    pg_temp.outcome('rare', '{"provider_reference": "pi_rare", "amount": 200}'),
    'refund_due cancelled paid',
    'money for units that others have meanwhile cancels the order'
);
select is(pg_temp.payments_of('rare'), array['stripe paid pi_rare out_of_stock'], 'the money is booked, and to be given back');
select is(
    (select notes from public.order_status_history where order_id = pg_temp.id_of('rare') and status = 'cancelled'),
    'Sold out before the payment arrived. The payment will be refunded.',
    'the history says why'
);
select is(pg_temp.messages_of('rare'), array['payment.refund_due', 'order.cancelled'], 'the order was never confirmed, and is told of once');
select is((select usage_count from public.coupons where code = 'ONCE'), 0, 'its coupon is free again');
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree after a sale that came to nothing');

-- A lapsed hold whose units are still there.
select tests.lapse(pg_temp.id_of('retaken'));
select is(pg_temp.outcome('retaken', '{"provider_reference": "pi_retaken"}'), 'paid confirmed paid', 'a lapsed hold is sold where nobody took the units');
select is(tests.stock_of('RARE'), '1 in stock, 1 reserved', 'each of which is sold once');

-- Other errors.
create function pg_temp.refuse() returns trigger language plpgsql as $$
begin
    perform private.raise_error('busy');
end;
$$;
create trigger refuse before insert on public.stock_movements for each row when (new.kind = 'sell') execute function pg_temp.refuse();
select is(tests.error_code($$select pg_temp.report('busy', '{"event_id": "evt_busy"}')$$), 'busy', 'any other error stays one, so that the provider reports again');
drop trigger refuse on public.stock_movements;
select tests.clear_authentication();
select is(pg_temp.outcome('busy', '{"event_id": "evt_busy"}'), 'paid confirmed paid', 'and is then heard, because nothing of it was stored');

select * from finish();
rollback;
