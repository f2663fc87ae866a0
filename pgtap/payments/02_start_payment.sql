-- Starting to pay: by whom, for which orders, and again after a failure.
begin;
select plan(48);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('buyer@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_shipping_method('Free', 0);
select tests.create_product('LAMP', 100.00, 100);
select tests.create_product('RARE', 50.00, 2);
insert into public.coupons (code, discount_type, discount_value) values ('GIFT', 'fixed', 100);
select tests.open_till();

create temporary table placed (name text primary key, document jsonb);
grant select, insert on placed to anon, authenticated, service_role;
create function pg_temp.id_of(name text) returns uuid language sql
    return (select (document ->> 'id')::uuid from placed where placed.name = id_of.name);
create function pg_temp.number_of(name text) returns text language sql
    return (select document ->> 'order_number' from placed where placed.name = number_of.name);
create function pg_temp.token_of(name text) returns text language sql
    return (select document ->> 'guest_token' from placed where placed.name = token_of.name);
grant execute on function pg_temp.id_of, pg_temp.number_of, pg_temp.token_of to anon, authenticated, service_role;

-- start_payment for the buyer, and the link's time gone by.
create function pg_temp.start(name text, provider text default 'payment_link', email text default 'buyer@example.com') returns jsonb language sql
    return public.start_payment(pg_temp.id_of(start.name), start.provider, tests.user_id(start.email));
create function pg_temp.start_when(payment_status text) returns text language plpgsql as $$
begin
    perform tests.clear_authentication();
    update public.orders set payment_status = start_when.payment_status where id = pg_temp.id_of('sold');
    perform tests.authenticate_as_service();
    return tests.error_code($sql$select pg_temp.start('sold')$sql$);
end;
$$;
create function pg_temp.age(name text) returns void language sql
    begin atomic
        update public.payments set expires_at = now() - interval '1 second' where order_id = pg_temp.id_of(age.name);
    end;

select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into placed
select order_name, tests.place('{"LAMP": 1}', jsonb_build_object('payment_method', method))
from (
    values
        ('link', 'payment_link'), ('card', 'stripe'), ('cash', 'cod'), ('gone', 'payment_link'), ('sold', 'payment_link'),
        ('confirmed', 'payment_link')
) as wanted (order_name, method);
insert into placed select 'rare', tests.place('{"RARE": 2}', '{"payment_method": "stripe"}');
insert into placed
select 'gift', tests.place('{"LAMP": 1}', '{"payment_method": "payment_link", "coupon_code": "GIFT", "shipping_method": "Free"}');
select tests.authenticate_as_anon();
insert into placed select 'guest', tests.place('{"LAMP": 1}', '{"guest_email": "g@example.com", "payment_method": "stripe"}');
insert into placed select 'guest two', tests.place('{"LAMP": 1}', '{"guest_email": "g@example.com", "payment_method": "stripe"}');
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select public.cancel_order(pg_temp.id_of('gone'));
select tests.clear_authentication();
grant execute on all functions in schema pg_temp to service_role;

-- What is needed.
select tests.authenticate_as_service();
select is(
    tests.error_details($$select public.start_payment(null, null)$$),
    '{"order_id": "is required", "provider": "is required"}',
    'order and provider are needed'
);
select is(
    tests.error_details($$select pg_temp.start('link', 'barter')$$),
    '{"provider": "must be one of: payment_link, stripe"}',
    'an unknown provider is refused'
);
select is(tests.error_code($$select pg_temp.start('cash', 'cod')$$), 'invalid_input', 'cash is not paid online');
select tests.clear_authentication();
update public.system_settings set value = 'null' where key = 'payment_link.template';
select tests.authenticate_as_service();
select is(tests.error_code($$select pg_temp.start('link')$$), 'payment_method_unavailable', 'without a payment page there are no links');
select is(tests.error($$select pg_temp.start('link')$$) ->> 'hint', 'An admin sets payment_link.template.', 'which the hint says');
select lives_ok($$select pg_temp.start('card', 'stripe')$$, 'other providers need none');
select tests.clear_authentication();
update public.system_settings
set value = '"https://pay.example.com/?o={order_number}&a={amount}&c={currency}&e={expires}&s={signature}"'
where key = 'payment_link.template';
select tests.authenticate_as_service();

-- A payment link.
create temporary table started as
select pg_temp.start('link') as document;
select is(
    (select document - 'payment_id' - 'expires_at' from started),
    jsonb_build_object(
        'order_id', pg_temp.id_of('link'), 'order_number', pg_temp.number_of('link'), 'provider', 'payment_link',
        'amount', 130.00, 'currency', 'MAD', 'status', 'pending', 'provider_reference', null, 'url', null
    ),
    'start_payment returns what the provider must know'
);
select is((select document ->> 'amount' from started), '130.00', 'the amount with its decimals');
select is(
    (select (document ->> 'expires_at')::timestamptz from started),
    date_trunc('second', now() + interval '24 hours'),
    'a link is good for payment_link.valid_hours, to the second'
);
select is(
    (select document ->> 'payment_id' from started),
    (select id::text from public.payments where order_id = pg_temp.id_of('link')),
    'the payment is the one made with the order'
);
select tests.clear_authentication();
update public.system_settings set value = '2' where key = 'payment_link.valid_hours';
select tests.authenticate_as_service();
select is(pg_temp.start('link'), (select document from started), 'repeating it returns the same');
select tests.clear_authentication();
update public.payments set url = 'https://shop.example.com/pay/1' where order_id = pg_temp.id_of('link');
select tests.authenticate_as_service();
select is(pg_temp.start('link') ->> 'url', 'https://shop.example.com/pay/1', 'with the address where one pays');
select tests.clear_authentication();
select pg_temp.age('link');
select tests.authenticate_as_service();
select is(
    pg_temp.start('link'),
    (select document || jsonb_build_object('expires_at', date_trunc('second', now() + interval '2 hours')) from started),
    'a link that has expired gets new time, as the setting is then, and needs a new address'
);
select is(pg_temp.start('card', 'stripe') -> 'expires_at', 'null'::jsonb, 'other payments do not expire');

-- Whose order.
select is(pg_temp.start('link', email => 'other@example.com'), null, 'another customer''s order is answered with null');
select is(pg_temp.start('link', email => 'admin@example.com'), null, 'to an admin too');
select is(public.start_payment(pg_temp.id_of('link'), 'payment_link'), null, 'and to nobody');
select is(public.start_payment(gen_random_uuid(), 'payment_link', tests.user_id('buyer@example.com')), null, 'as an order that never was');
select is(pg_temp.start('guest', 'stripe'), null, 'a guest''s order is no account''s');
select is(
    public.start_payment(pg_temp.id_of('guest'), 'stripe', guest_token => pg_temp.token_of('guest')) ->> 'order_number',
    pg_temp.number_of('guest'),
    'a guest pays with the token'
);
select is(
    public.start_payment(pg_temp.id_of('guest'), 'stripe', tests.user_id('other@example.com'), pg_temp.token_of('guest')) ->> 'order_number',
    pg_temp.number_of('guest'),
    'also when signed in by now'
);
select tests.clear_authentication();
select is_empty($$select 1 from public.security_logs where event_type = 'guest_token_refused'$$, 'where no token was tried, nothing is counted');
update public.system_settings set value = '"4/hour"' where key = 'rate_limits.coupons';
select tests.authenticate_as_service();
select tests.set_client_ip('203.0.113.30');
select is(
    array[
        public.start_payment(pg_temp.id_of('guest two'), 'stripe', guest_token => pg_temp.token_of('guest')),
        public.start_payment(pg_temp.id_of('guest'), 'stripe', guest_token => ''),
        public.start_payment(pg_temp.id_of('link'), 'payment_link', guest_token => repeat('0', 64)),
        public.start_payment(gen_random_uuid(), 'stripe', guest_token => pg_temp.token_of('guest'))
    ],
    array[null, null, null, null]::jsonb[],
    'a wrong token is answered with null: of another order, empty, for an account''s order, for no order'
);
select tests.clear_authentication();
select is(
    (
        select array_agg(request_data order by request_data ->> 'order_id' = pg_temp.id_of('guest two')::text desc)
        from public.security_logs
        where event_type = 'guest_token_refused' and request_data ->> 'order_id' in (pg_temp.id_of('guest')::text, pg_temp.id_of('guest two')::text)
    ),
    array[jsonb_build_object('order_id', pg_temp.id_of('guest two')), jsonb_build_object('order_id', pg_temp.id_of('guest'))],
    'it is in the security log'
);
select tests.authenticate_as_service();
select is(
    tests.error_code($$select public.start_payment(pg_temp.id_of('guest'), 'stripe', guest_token => 'wrong')$$),
    'rate_limited',
    'and counted, after which no wrong one is answered'
);
select is(
    tests.error_code($$select public.guest_order(pg_temp.number_of('guest'), 'wrong')$$),
    'rate_limited',
    'by guest_order either: they count together'
);
select is(
    public.start_payment(pg_temp.id_of('guest'), 'stripe', guest_token => pg_temp.token_of('guest')) ->> 'order_number',
    pg_temp.number_of('guest'),
    'but the right token opens the order'
);
select isnt(pg_temp.start('link'), null, 'an account pays on all the same');
select tests.set_headers(null);

-- Which orders.
select is(
    tests.error_code($$select pg_temp.start('cash', 'stripe')$$),
    'payment_method_unavailable',
    'an order is paid as it was placed'
);
select is(tests.error_code($$select pg_temp.start('link', 'stripe')$$), 'payment_method_unavailable', 'and by no other provider');
select is(tests.error_details($$select pg_temp.start('gone')$$), '{"status": "cancelled"}', 'a cancelled order says that it is');
select is(tests.error_code($$select pg_temp.start('gone')$$), 'invalid_transition', 'and is not paid');
select is((tests.order_row(pg_temp.id_of('gift'))).total, 0.00, 'an order may cost nothing');
select is(tests.error_code($$select pg_temp.start('gift')$$), 'already_paid', 'and is paid then');
select tests.clear_authentication();
update public.orders set status = 'confirmed' where id = pg_temp.id_of('confirmed');
select tests.authenticate_as_service();
select is(pg_temp.start('confirmed') ->> 'status', 'pending', 'one that was confirmed unpaid can be paid');
select is(
    (select array_agg(pg_temp.start_when(paid.status)) from unnest(array['paid', 'partially_refunded', 'refunded']) as paid (status)),
    array['already_paid', 'already_paid', 'already_paid'],
    'a paid order is not paid again, also when the money went back'
);

-- A lapsed hold.
select tests.clear_authentication();
select is(pg_temp.start('rare', 'stripe') ->> 'status', 'pending', 'an order that holds its units can be paid');
select tests.lapse(pg_temp.id_of('rare'));
select tests.authenticate_as_service();
select is(pg_temp.start('rare', 'stripe') ->> 'status', 'pending', 'one whose hold has lapsed can be paid, too');
select tests.authenticate_as(tests.user_id('other@example.com'));
select tests.place('{"RARE": 1}');
select tests.authenticate_as_service();
select is(
    tests.error_details($$select pg_temp.start('rare', 'stripe')$$),
    jsonb_build_array(jsonb_build_object('product_id', tests.product('RARE'), 'requested', 2, 'available', 1)),
    'until somebody else has the units'
);
select is(tests.error_code($$select pg_temp.start('rare', 'stripe')$$), 'out_of_stock', 'which is out_of_stock');
select tests.clear_authentication();
select public.admin_adjust_stock(tests.product('RARE'), 1, 'one more');
select tests.authenticate_as_service();
select is(pg_temp.start('rare', 'stripe') ->> 'status', 'pending', 'and can be paid again when there are more');

-- Again.
select tests.clear_authentication();
update public.payments set status = 'failed', provider_reference = 'pi_failed' where order_id = pg_temp.id_of('card');
update public.orders set payment_status = 'failed' where id = pg_temp.id_of('card');
select tests.authenticate_as_service();
select is(
    pg_temp.start('card', 'stripe') - 'payment_id' - 'order_id' - 'order_number',
    '{"provider": "stripe", "amount": 130.00, "currency": "MAD", "status": "pending", "provider_reference": "pi_failed", "expires_at": null, "url": null}',
    'a payment that failed is tried again, with the reference it has'
);
select is((tests.order_row(pg_temp.id_of('card'))).payment_status, 'pending', 'and the order waits for it again');
select is((select count(*) from public.payments where order_id = pg_temp.id_of('card')), 1::bigint, 'without another payment');
select tests.clear_authentication();
update public.payments set status = 'cancelled' where order_id = pg_temp.id_of('card');
update public.orders set payment_status = 'failed' where id = pg_temp.id_of('card');
select tests.authenticate_as_service();
select is(pg_temp.start('card', 'stripe') -> 'provider_reference', 'null'::jsonb, 'one that was given up is followed by another');
select is(
    pg_temp.start('card', 'stripe') ->> 'payment_id',
    (select id::text from public.payments where order_id = pg_temp.id_of('card') and status = 'pending'),
    'just one'
);
select is((tests.order_row(pg_temp.id_of('card'))).payment_status, 'pending', 'for which the order waits');
select tests.clear_authentication();
select is_empty('select * from tests.stock_disagreements()', 'starting to pay leaves all stock as it is');

select * from finish();
rollback;
