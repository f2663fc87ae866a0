-- Who reads and writes payments, their events and refunds.
-- Each row: what a statement comes to for a visitor, the owner, another customer, an admin and the secret key. 42501 is a
-- missing right; no rows is a policy that shows none.
begin;
select plan(21);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('owner@example.com');
select tests.create_user('other@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 10);
select tests.authenticate_as(tests.user_id('owner@example.com'));
select tests.place('{"LAMP": 1}');
select tests.clear_authentication();

update public.payments set status = 'paid', paid_at = now(), provider_reference = 'cash-1' where order_id = (select id from tests.orders_of('owner@example.com'));
insert into public.payment_events (provider, event_id, event_type, payload, payment_id)
select provider, 'evt-access', 'paid', '{}', id from public.payments where order_id = (select id from tests.orders_of('owner@example.com'));
insert into public.refunds (payment_id, order_id, amount)
select id, order_id, 1 from public.payments where order_id = (select id from tests.orders_of('owner@example.com'));

select is(
    tests.outcomes(matrix.statement),
    matrix.expected,
    matrix.rule
)
from (
    values
        (
            1, 'a customer reads their own payments, admins all',
            $$select 1 from public.payments where order_id = (select id from tests.orders_of('owner@example.com'))$$,
            array['42501', 'rows', 'no rows', 'rows', 'rows']
        ),
        (
            2, 'nobody adds payments directly',
            $$insert into public.payments (order_id, provider, amount, currency) values ((select id from tests.orders_of('owner@example.com')), 'cod', 1, 'MAD') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            3, 'nobody marks a payment as paid',
            $$update public.payments set status = 'paid', paid_at = now() where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            4, 'nobody deletes payments',
            $$delete from public.payments where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            5, 'only admins read what providers reported',
            $$select 1 from public.payment_events where event_id = 'evt-access'$$,
            array['42501', 'no rows', 'no rows', 'rows', 'rows']
        ),
        (
            6, 'nobody adds reports directly',
            $$insert into public.payment_events (provider, event_id, event_type, payload) values ('cod', 'evt-2', 'paid', '{}') returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            7, 'nobody changes reports',
            $$update public.payment_events set event_type = 'x' where event_id = 'evt-access' returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            8, 'nobody deletes reports',
            $$delete from public.payment_events where event_id = 'evt-access' returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            9, 'a customer reads their own refunds, admins all',
            $$select 1 from public.refunds where order_id = (select id from tests.orders_of('owner@example.com'))$$,
            array['42501', 'rows', 'no rows', 'rows', 'rows']
        ),
        (
            10, 'nobody adds refunds directly',
            $$insert into public.refunds (payment_id, order_id, amount) select id, order_id, 1 from public.payments where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            11, 'nobody changes refunds',
            $$update public.refunds set amount = 2 where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            12, 'nobody deletes refunds',
            $$delete from public.refunds where order_id = (select id from tests.orders_of('owner@example.com')) returning 1$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            13, 'only the secret key starts a payment, not even the order''s owner',
            $$select public.start_payment(gen_random_uuid(), 'stripe')$$,
            array['42501', '42501', '42501', '42501', 'rows']
        ),
        (
            14, 'only the secret key stores a provider''s reference',
            $$select public.set_payment_reference((select id from public.payments where provider_reference = 'cash-1'), 'cash-2')$$,
            array['42501', '42501', '42501', '42501', 'rows']
        ),
        (
            15, 'only the secret key follows a payment link',
            $$select public.payment_link_target(gen_random_uuid())$$,
            array['42501', '42501', '42501', '42501', 'rows']
        ),
        (
            16, 'only the secret key reports that money came',
            $$select public.record_payment_event('stripe', 'evt-3', 'x', 'ignored', '{}')$$,
            array['42501', '42501', '42501', '42501', 'rows']
        ),
        (
            17, 'nor does anyone else behind the door',
            $$select private.record_payment_event('stripe', 'evt-4', 'x', 'ignored', '{}', null, null, null, null, null)$$,
            array['42501', '42501', '42501', '42501', 'rows']
        ),
        (
            18, 'only the secret key reports that money went back',
            $$select public.record_refund_event('stripe', 'evt-5', 'x', 'total', '{}', 'pi_none', 'ch_none')$$,
            array['42501', '42501', '42501', '42501', 'rows']
        ),
        (
            19, 'only the secret key says which ways to pay are set up',
            $$select public.announce_payment_methods(array['stripe'])$$,
            array['42501', '42501', '42501', '42501', 'rows']
        ),
        (
            20, 'nobody gives money back past the doors',
            $$select private.start_refund((select id from public.payments where provider_reference = 'cash-1'))$$,
            array['42501', '42501', '42501', '42501', '42501']
        ),
        (
            21, 'and what is not a door is nobody''s',
            $$select private.mark_refund_due(gen_random_uuid(), 'already_paid')$$,
            array['42501', '42501', '42501', '42501', '42501']
        )
) as matrix (number, rule, statement, expected)
order by matrix.number;

select * from finish();
rollback;
