-- Holds: asking how to pay makes the order hold its units until that ends, once.
begin;
select plan(17);

select tests.create_user('buyer@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 100);
select tests.create_product('RARE', 100.00, 2);
select tests.open_till();
update public.system_settings set value = '20' where key = 'checkout.online_hold_minutes';
update public.system_settings set value = '4' where key = 'payment_link.valid_hours';
select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into tests.placed
select order_name, tests.place('{"LAMP": 1}', jsonb_build_object('payment_method', method))
from (values ('link', 'payment_link'), ('card', 'stripe'), ('confirmed', 'payment_link'), ('long', 'payment_link')) as wanted (order_name, method);
insert into tests.placed select 'rare', tests.place('{"RARE": 2, "LAMP": 1}', '{"payment_method": "stripe"}');
insert into tests.placed select 'late', tests.place('{"LAMP": 1}', '{"payment_method": "stripe"}');
select tests.clear_authentication();

create function pg_temp.start(name text) returns void language sql
    begin atomic
        select public.start_payment(
            orders.id, orders.payment_method, tests.user_id('buyer@example.com')
        )
        from public.orders
        where orders.id = tests.id_of(start.name);
    end;
-- Until when the order and its units are held, from now: one answer when all agree.
create function pg_temp.held_for(name text) returns interval[] language sql
    return (
        select array_agg(distinct held.until - date_trunc('second', now()))
        from (
            select reservation_expires_at as until from public.orders where id = tests.id_of(held_for.name)
            union all
            select expires_at from public.stock_reservations where order_id = tests.id_of(held_for.name)
        ) as held
    );
create function pg_temp.pass(name text, by interval) returns void language sql
    begin atomic
        update public.stock_reservations set expires_at = expires_at - pass.by where order_id = tests.id_of(pass.name);
        update public.orders set reservation_expires_at = reservation_expires_at - pass.by where id = tests.id_of(pass.name);
        update public.payments
        set expires_at = expires_at - pass.by, held_until = held_until - pass.by
        where order_id = tests.id_of(pass.name);
    end;

-- As long as it can be paid.
select is(
    pg_temp.held_for('link'),
    array[interval '20 minutes' + (now() - date_trunc('second', now()))],
    'an order to be paid online is held for checkout.online_hold_minutes'
);
select pg_temp.start('link');
select is(pg_temp.held_for('link'), array[interval '4 hours'], 'with a link until the link ends');
select is(
    (select held_until from public.payments where order_id = tests.id_of('link')),
    (select expires_at from public.payments where order_id = tests.id_of('link')),
    'which the payment remembers'
);
select pg_temp.pass('card', interval '15 minutes');
select pg_temp.start('card');
select is(
    pg_temp.held_for('card'),
    array[interval '20 minutes' + (now() - date_trunc('second', now()))],
    'with an intent for as many minutes more'
);

-- Once.
select pg_temp.pass('link', interval '3 hours');
select pg_temp.start('link');
select is(pg_temp.held_for('link'), array[interval '1 hour'], 'asking again adds nothing');
select pg_temp.pass('link', interval '2 hours');
select pg_temp.start('link');
select is(pg_temp.held_for('link'), array[interval '-1 hour'], 'nor does the next link, when the first has ended');
update public.payments set status = 'cancelled' where order_id = tests.id_of('card');
select pg_temp.pass('card', interval '10 minutes');
select pg_temp.start('card');
select is(
    pg_temp.held_for('card'),
    array[interval '10 minutes' + (now() - date_trunc('second', now()))],
    'nor another payment'
);

-- Never less.
update public.stock_reservations set expires_at = date_trunc('second', now()) + interval '3 days' where order_id = tests.id_of('long');
update public.orders set reservation_expires_at = date_trunc('second', now()) + interval '3 days' where id = tests.id_of('long');
select pg_temp.start('long');
select is(pg_temp.held_for('long'), array[interval '3 days'], 'a longer hold stays as long');
select private.move_order(tests.id_of('confirmed'), 'confirmed');
select pg_temp.start('confirmed');
select is(
    (select status from public.stock_reservations where order_id = tests.id_of('confirmed')),
    'committed',
    'what is sold is held no more'
);
select is((select held_until from public.payments where order_id = tests.id_of('confirmed')), null, 'and not said to be');

-- A hold that has lapsed.
select tests.lapse(tests.id_of('late'));
select pg_temp.start('late');
select is(
    pg_temp.held_for('late'),
    array[interval '20 minutes' + (now() - date_trunc('second', now()))],
    'a hold that has lapsed is taken up again'
);
select tests.lapse(tests.id_of('rare'));
select private.lock_stock(array[tests.product('RARE'), tests.product('LAMP')]);
select private.release_expired(array[tests.product('RARE'), tests.product('LAMP')]);
select is(tests.stock_of('RARE'), '2 in stock, 0 reserved', 'also when its units have been given back');
select pg_temp.start('rare');
select is(tests.stock_of('RARE'), '2 in stock, 2 reserved', 'which are promised again');
select is(
    (select array_agg(kind || ' ' || quantity order by id) from public.stock_movements where order_id = tests.id_of('rare') and product_id = tests.product('RARE')),
    array['reserve -2', 'release 2', 'reserve -2'],
    'and the ledger says so'
);
select tests.authenticate_as(tests.user_id('other@example.com'));
select is(tests.error_code($$select tests.place('{"RARE": 1}')$$), 'out_of_stock', 'others do not get them');
select tests.clear_authentication();
select is(tests.reported('rare', '{"amount": 330}'), 'paid confirmed paid', 'who pays in time does');
select is_empty('select * from tests.stock_disagreements()', 'ledger, reservations and inventory agree');

select * from finish();
rollback;
