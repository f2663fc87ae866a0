-- The provider's id of a payment, which the first one keeps; and what a payment link leads to.
begin;
select plan(37);

select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 100);
select tests.open_till();

create temporary table placed (name text primary key, document jsonb);
grant select, insert on placed to anon, authenticated, service_role;
create function pg_temp.id_of(name text) returns uuid language sql
    return (select (document ->> 'id')::uuid from placed where placed.name = id_of.name);
create function pg_temp.number_of(name text) returns text language sql
    return (select document ->> 'order_number' from placed where placed.name = number_of.name);
create function pg_temp.payment_of(name text) returns uuid language sql
    return (select id from public.payments where order_id = pg_temp.id_of(payment_of.name) order by created_at limit 1);
create function pg_temp.refer(name text, reference text, replaces text default null) returns text language sql
    return public.set_payment_reference(pg_temp.payment_of(refer.name), refer.reference, replaces => refer.replaces) ->> 'provider_reference';
create function pg_temp.target(name text) returns text language sql
    return public.payment_link_target(pg_temp.payment_of(target.name)) ->> 'status';
grant execute on all functions in schema pg_temp to anon, authenticated, service_role;

select tests.authenticate_as(tests.user_id('buyer@example.com'));
insert into placed
select order_name, tests.place('{"LAMP": 1}', jsonb_build_object('payment_method', method))
from (values ('card', 'stripe'), ('second', 'stripe'), ('link', 'payment_link'), ('other', 'payment_link')) as wanted (order_name, method);
select tests.authenticate_as_service();

-- References.
select is(tests.error_code($$select public.set_payment_reference(gen_random_uuid(), 'pi_1')$$), 'not_found', 'an unknown payment is not found');
select is(
    tests.error_details($$select public.set_payment_reference(null, '', 'javascript:alert(1)')$$),
    '{"payment_id": "is required", "provider_reference": "is required", "url": "is not an address that can be linked to"}',
    'every fault is named'
);
select is(
    tests.error_details($$select public.set_payment_reference(pg_temp.payment_of('card'), repeat('x', 256), 'https://x.example/' || repeat('x', 2048))$$),
    '{"provider_reference": "is too long (at most 255 characters)", "url": "is too long (at most 2048 characters)"}',
    'what is stored has an end'
);
create temporary table stored as
select public.set_payment_reference(pg_temp.payment_of('card'), 'pi_1') as document;
select is(
    (select document from stored),
    public.start_payment(pg_temp.id_of('card'), 'stripe', tests.user_id('buyer@example.com')),
    'a payment gets its reference, and comes back as from start_payment'
);
select is((select document ->> 'provider_reference' from stored), 'pi_1', 'with it');
select is((tests.order_row(pg_temp.id_of('card'))).payment_intent_id, 'pi_1', 'a Stripe order names its intent');
select is(pg_temp.refer('card', 'pi_2'), 'pi_1', 'who comes second learns the reference that was first');
select is((tests.order_row(pg_temp.id_of('card'))).payment_intent_id, 'pi_1', 'which stays the order''s');
select is(pg_temp.refer('card', 'pi_1'), 'pi_1', 'the same again is no change');
select is(pg_temp.refer('card', 'pi_2', 'pi_0'), 'pi_1', 'nothing is replaced but what it says');
select is(pg_temp.refer('card', 'pi_2', 'pi_1'), 'pi_2', 'a reference is replaced by name');
select is((tests.order_row(pg_temp.id_of('card'))).payment_intent_id, 'pi_2', 'in the order too');
select is(pg_temp.refer('card', 'pi_3', 'pi_1'), 'pi_2', 'once');
select is(pg_temp.refer('card', null), 'pi_2', 'none sent removes none');
select is(
    tests.error_details($$select pg_temp.refer('second', 'pi_2')$$),
    '{"provider_reference": "belongs to another payment"}',
    'one reference is for one payment'
);
select is((tests.order_row(pg_temp.id_of('second'))).payment_intent_id, null, 'and leaves the other order as it was');
select tests.clear_authentication();
update public.payments set status = 'paid', paid_at = now() where id = pg_temp.payment_of('card');
update public.payments set status = 'cancelled' where id = pg_temp.payment_of('second');
select tests.authenticate_as_service();
select is(pg_temp.refer('card', 'pi_3', 'pi_2'), 'pi_2', 'what a payment was paid with stays');
select is(pg_temp.refer('second', 'pi_4'), 'pi_4', 'one given up meanwhile is still told its reference, for money that comes late');

-- Addresses.
select is(
    public.set_payment_reference(pg_temp.payment_of('link'), url => 'https://shop.example.com/pay/1') ->> 'url',
    'https://shop.example.com/pay/1',
    'a link has an address'
);
select is(
    public.set_payment_reference(pg_temp.payment_of('link'), 'ref-1') ->> 'url',
    'https://shop.example.com/pay/1',
    'which a reference leaves'
);
select is((tests.order_row(pg_temp.id_of('link'))).payment_intent_id, null, 'only Stripe has intents');
select is(
    public.set_payment_reference(pg_temp.payment_of('link'), 'ref-2', replaces => 'ref-1') ->> 'url',
    null,
    'and another reference does not'
);

-- What a link leads to.
select is(public.payment_link_target(gen_random_uuid()), null, 'an unknown link leads nowhere');
select is(public.payment_link_target(null), null, 'nor does none');
select is(public.payment_link_target(pg_temp.payment_of('card')), null, 'nor does a payment that is no link');
select is(pg_temp.target('link'), 'expired', 'a link that was never started can''t be used');
select public.start_payment(pg_temp.id_of('link'), 'payment_link', tests.user_id('buyer@example.com'));
select public.start_payment(pg_temp.id_of('other'), 'payment_link', tests.user_id('buyer@example.com'));
select is(
    public.payment_link_target(pg_temp.payment_of('link')),
    jsonb_build_object(
        'order_number', pg_temp.number_of('link'), 'amount', 130.00, 'currency', 'MAD',
        'email', 'buyer@example.com', 'language', (tests.order_row(pg_temp.id_of('link'))).language,
        'expires', floor(extract(epoch from now() + interval '24 hours'))::bigint,
        'template', 'https://pay.example.com/?o={order_number}&a={amount}&c={currency}&e={expires}&s={signature}',
        'status', 'open'
    ),
    'a link leads to the payment page, with what that must know'
);
select is(
    to_timestamp((public.payment_link_target(pg_temp.payment_of('link')) ->> 'expires')::bigint),
    (select expires_at from public.payments where id = pg_temp.payment_of('link')),
    'and expires when the payment says'
);
select tests.clear_authentication();
update public.payments set status = 'failed' where id = pg_temp.payment_of('link');
select is(pg_temp.target('link'), 'open', 'after a failure the link can be used again');
update public.payments set expires_at = now() where id = pg_temp.payment_of('link');
select is(pg_temp.target('link'), 'expired', 'until it expires');
update public.payments set status = 'cancelled', expires_at = now() + interval '1 hour' where id = pg_temp.payment_of('link');
select is(pg_temp.target('link'), 'closed', 'a payment that was given up is closed');
update public.orders set payment_status = 'paid' where id = pg_temp.id_of('link');
select is(pg_temp.target('link'), 'paid', 'when the order is paid the link says so, however it was paid');
update public.orders set payment_status = 'pending' where id = pg_temp.id_of('link');
update public.payments set status = 'pending' where id = pg_temp.payment_of('link');
update public.system_settings set value = 'null' where key = 'payment_link.template';
select is(pg_temp.target('link'), 'closed', 'without a payment page links are closed');
select is(public.payment_link_target(pg_temp.payment_of('link')) -> 'template', 'null'::jsonb, 'and lead nowhere');
update public.system_settings
set value = '"https://pay.example.com/?o={order_number}&a={amount}&c={currency}&e={expires}&s={signature}"'
where key = 'payment_link.template';
select is(pg_temp.target('link'), 'open', 'with one they are open');
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select public.cancel_order(pg_temp.id_of('link'));
select tests.authenticate_as_service();
select is(pg_temp.target('link'), 'closed', 'the link of a cancelled order is closed');
select is(pg_temp.target('other'), 'open', 'others are not');

select * from finish();
rollback;
