-- Money that the order can't keep: it is booked, marked to be given back, and the admins are told.
begin;
select plan(43);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('buyer@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 100);
select tests.open_till();
select tests.create_product('RARE', 100.00, 2);
insert into public.coupons (code, discount_type, discount_value, usage_limit) values ('ONCE', 'free_shipping', 0, 1);

select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into tests.placed
select order_name, tests.place('{"LAMP": 1}', '{"payment_method": "stripe"}')
from (values ('late'), ('after'), ('twice'), ('opened'), ('refunded'), ('part'), ('failed')) as wanted (order_name);
insert into tests.placed select 'link', tests.place('{"LAMP": 1}', '{"payment_method": "payment_link"}');
insert into tests.placed select 'rare', tests.place('{"RARE": 1, "LAMP": 1}', '{"payment_method": "stripe", "coupon_code": "ONCE"}');
insert into tests.placed select 'retaken', tests.place('{"RARE": 1}', '{"payment_method": "stripe"}');
insert into tests.placed select 'busy', tests.place('{"LAMP": 1}', '{"payment_method": "stripe"}');
select tests.clear_authentication();
create function pg_temp.cancel(name text) returns void language plpgsql as $$
begin
    perform tests.authenticate_as(tests.user_id('buyer@example.com'));
    perform public.cancel_order(tests.id_of(cancel.name));
    perform tests.clear_authentication();
end;
$$;
create function pg_temp.alerts_of(name text) returns text[] language sql
    return (
        select array_agg(event_type || ' ' || severity)
        from public.security_logs
        where request_data ->> 'order_id' = tests.id_of(alerts_of.name)::text
    );
grant execute on all functions in schema pg_temp to anon, authenticated, service_role;

-- Cancelled before the money came.
select pg_temp.cancel('late');
select is(tests.payments_of('late'), array['stripe cancelled'], 'a cancelled order''s payment is cancelled');
select is(
    tests.report('late', '{"event_id": "evt_late", "provider_reference": "pi_late"}'),
    jsonb_build_object('result', 'refund_due', 'order_id', tests.id_of('late'), 'order_status', 'cancelled', 'payment_status', 'paid'),
    'money for a cancelled order is to be given back; the order stays cancelled'
);
select results_eq(
    $$select status, provider_reference, paid_at, refund_due_at, refund_due_reason from public.payments where order_id = tests.id_of('late')$$,
    $$values ('paid', 'pi_late', now(), now(), 'order_cancelled')$$,
    'it is booked on the order''s payment, with why'
);
select is(
    (select payload from private.outbox where topic = 'payment.refund_due' and payload ->> 'order_id' = tests.id_of('late')::text),
    (
        select jsonb_build_object('order_id', order_id, 'payment_id', id, 'amount', 130.00, 'reason', 'order_cancelled')
        from public.payments
        where order_id = tests.id_of('late')
    ),
    'a message tells the admins what'
);
select is(pg_temp.alerts_of('late'), array['payment_refund_due critical'], 'and a critical event');
select is((select result from public.payment_events where event_id = 'evt_late'), 'refund_due', 'the event keeps its result');
select is(tests.reported('late', '{"event_id": "evt_late", "provider_reference": "pi_late"}'), 'duplicate cancelled paid', 'and is booked once');
select is(tests.reported('late', '{"provider_reference": "pi_late"}'), 'ignored cancelled paid', 'as is its money');
select is(
    tests.reported('late', '{"provider_reference": "pi_later"}'),
    'refund_due cancelled paid',
    'other money for it is to be given back too'
);
select is(
    tests.payments_of('late'),
    array['stripe paid pi_late order_cancelled', 'stripe paid pi_later order_cancelled'],
    'as a payment of its own'
);
select is(tests.outcome('buyer@example.com', $$select 1 from public.payments where refund_due_reason = 'order_cancelled'$$), 'rows', 'the customer reads that it is to be given back');
select is(tests.outcome('other@example.com', 'select 1 from public.payments where refund_due_reason is not null'), 'no rows', 'others do not');
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree after money that came late');
select lives_ok($$update public.orders set status = 'refunded' where id = tests.id_of('late')$$, 'a cancelled order whose money came can be refunded');

-- Cancelled after.
select tests.reported('after', '{"provider_reference": "pi_after"}');
select pg_temp.cancel('after');
select is(tests.payments_of('after'), array['stripe paid pi_after order_cancelled'], 'the money of an order that is cancelled is to be given back');
select is(tests.messages_of('after'), array['order.confirmed', 'order.cancelled', 'payment.refund_due'], 'as the admins are told');
select is(pg_temp.alerts_of('after'), null, 'but that is no matter of security');
select tests.reported('part', '{"provider_reference": "pi_part"}');
update public.payments set status = 'partially_refunded' where order_id = tests.id_of('part');
insert into public.refunds (payment_id, order_id, amount) select id, order_id, 30 from public.payments where order_id = tests.id_of('part');
select pg_temp.cancel('part');
select is(
    (select payload ->> 'amount' from private.outbox where topic = 'payment.refund_due' and payload ->> 'order_id' = tests.id_of('part')::text),
    '100.00',
    'less what has been given back'
);
select is(tests.reported('failed', '{"outcome": "failed"}'), 'failed pending failed', 'where a payment failed');
select pg_temp.cancel('failed');
select is(tests.payments_of('failed'), array['stripe cancelled'], 'cancelling the order closes it');
select is(tests.messages_of('failed'), array['order.cancelled'], 'and there is nothing to give back');
select is(tests.reported('failed', '{"outcome": "failed"}'), 'ignored cancelled failed', 'a failure then changes nothing');

-- Paid already.
select is(tests.reported('twice', '{"provider_reference": "pi_one"}'), 'paid confirmed paid', 'an order is paid');
create temporary table before as
select tests.order_row(tests.id_of('twice')) as row;
select is(tests.reported('twice', '{"provider_reference": "pi_two"}'), 'refund_due confirmed paid', 'a second payment is to be given back');
select is(
    tests.payments_of('twice'),
    array['stripe paid pi_one', 'stripe paid pi_two already_paid'],
    'it has a row of its own'
);
select is(tests.order_row(tests.id_of('twice')), (select row from before), 'the order is untouched');
select is(pg_temp.alerts_of('twice'), array['payment_refund_due critical'], 'the admins are told');
select is(tests.reported('twice'), 'refund_due confirmed paid', 'money without a reference is other money');
select is(tests.reported('twice', '{"amount": 1}'), 'mismatch confirmed paid', 'and compared as any');
select public.set_payment_reference((select id from public.payments where order_id = tests.id_of('opened')), 'pi_open');
select is(tests.reported('opened', '{"provider_reference": "pi_first"}'), 'paid confirmed paid', 'where an order is paid by another attempt than the open one');
select is(tests.reported('opened', '{"provider_reference": "pi_open"}'), 'refund_due confirmed paid', 'and then by that one');
select is(
    tests.payments_of('opened'),
    array['stripe paid pi_first', 'stripe paid pi_open already_paid'],
    'the money is booked where its reference was'
);
select tests.reported('refunded', '{"provider_reference": "pi_refunded"}');
update public.payments set status = 'refunded' where order_id = tests.id_of('refunded');
update public.orders set payment_status = 'refunded' where id = tests.id_of('refunded');
select is(tests.reported('refunded', '{"provider_reference": "pi_again"}'), 'refund_due confirmed refunded', 'an order whose money went back takes no more');

-- Sold out.
select tests.lapse(tests.id_of('rare'));
select tests.authenticate_as(tests.user_id('other@example.com'));
insert into tests.placed select 'winner', tests.place('{"RARE": 1}');
select tests.clear_authentication();
select is(
    tests.reported('rare', '{"provider_reference": "pi_rare", "amount": 200}'),
    'refund_due cancelled paid',
    'money for units that others have meanwhile cancels the order'
);
select is(tests.payments_of('rare'), array['stripe paid pi_rare out_of_stock'], 'the money is booked, and to be given back');
select is(
    (select notes from public.order_status_history where order_id = tests.id_of('rare') and status = 'cancelled'),
    'Sold out before the payment arrived. The payment will be refunded.',
    'the history says why'
);
select is(tests.messages_of('rare'), array['payment.refund_due', 'order.cancelled'], 'the order was never confirmed, and is told of once');
select is((select usage_count from public.coupons where code = 'ONCE'), 0, 'its coupon is free again');
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree after a sale that came to nothing');

-- A lapsed hold whose units are still there.
select tests.lapse(tests.id_of('retaken'));
select is(tests.reported('retaken', '{"provider_reference": "pi_retaken"}'), 'paid confirmed paid', 'a lapsed hold is sold where nobody took the units');
select is(tests.stock_of('RARE'), '1 in stock, 1 reserved', 'each of which is sold once');

-- Other errors.
create function pg_temp.refuse() returns trigger language plpgsql as $$
begin
    perform private.raise_error('busy');
end;
$$;
create trigger refuse before insert on public.stock_movements for each row when (new.kind = 'sell') execute function pg_temp.refuse();
select is(tests.error_code($$select tests.report('busy', '{"event_id": "evt_busy"}')$$), 'busy', 'any other error stays one, so that the provider reports again');
drop trigger refuse on public.stock_movements;
select tests.clear_authentication();
select is(tests.reported('busy', '{"event_id": "evt_busy"}'), 'paid confirmed paid', 'and is then heard, because nothing of it was stored');

select * from finish();
rollback;
