-- What the tests of payments share: orders by a name, and reports about them as a provider sends them. Written for the
-- schema `tests` that 000_helpers.sql makes.
\set QUIET on
set client_min_messages to warning;

-- Orders by name; each test places its own, and rolls back.
create table tests.placed (name text primary key, document jsonb);
grant select, insert on tests.placed to anon, authenticated, service_role;

create function tests.id_of(name text) returns uuid language sql
    return (select (document ->> 'id')::uuid from tests.placed where placed.name = id_of.name);

create function tests.number_of(name text) returns text language sql
    return (select document ->> 'order_number' from tests.placed where placed.name = number_of.name);

-- A shop that takes every way to pay. Called as the session's own role.
create function tests.open_till() returns void language plpgsql as $$
begin
    update public.system_settings set value = '["cod", "payment_link", "stripe"]' where key = 'checkout.payment_methods';
    update public.system_settings
    set value = '"https://pay.example.com/?o={order_number}&a={amount}&c={currency}&e={expires}&s={signature}"'
    where key = 'payment_link.template';
    perform public.announce_payment_methods(array['stripe']);
end;
$$;

-- What was given back of an order, and what it and its payments are called, in words.
create function tests.given_back(name text) returns text language sql
    return (
        select concat_ws(
            ', ',
            concat_ws(' ', orders.status, orders.payment_status, orders.refunded_amount),
            (
                select string_agg(
                    concat_ws(' ', payments.status, payments.refunded_amount, payments.refund_due_reason),
                    ', ' order by payments.created_at, payments.provider_reference
                )
                from public.payments
                where payments.order_id = orders.id
            )
        )
        from public.orders
        where orders.id = tests.id_of(given_back.name)
    );

create function tests.refunds_of(name text) returns text[] language sql
    return (
        select array_agg(concat_ws(' ', status, amount, provider_reference) order by provider_reference, created_at, id)
        from public.refunds
        where order_id = tests.id_of(refunds_of.name)
    );

create function tests.payment_of(name text) returns uuid language sql
    return (
        select id from public.payments where order_id = tests.id_of(payment_of.name) order by created_at, provider_reference limit 1
    );

create sequence tests.event_number;
grant usage on sequence tests.event_number to service_role;
-- A report about an order, as the service; changes are arguments of record_payment_event that differ from a plain one by
-- Stripe that 130 MAD were paid.
create function tests.report(name text, changes jsonb default '{}') returns jsonb language plpgsql as $$
declare
    answer jsonb;
begin
    perform tests.authenticate_as_service();
    answer := public.record_payment_event(
        provider => coalesce(changes ->> 'provider', 'stripe'),
        event_id => case when changes ? 'event_id' then changes ->> 'event_id' else 'evt-' || nextval('tests.event_number') end,
        event_type => coalesce(changes ->> 'event_type', 'payment_intent.succeeded'),
        outcome => case when changes ? 'outcome' then changes ->> 'outcome' else 'paid' end,
        payload => coalesce(changes -> 'payload', '{"from": "tests"}'),
        order_id => case when changes ? 'order_number' or changes ? 'order_id' then (changes ->> 'order_id')::uuid else tests.id_of(report.name) end,
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
create function tests.reported(name text, changes jsonb default '{}') returns text language sql
    begin atomic
        select concat_ws(' ', coalesce(answer ->> 'result', answer ->> 'code'), answer ->> 'order_status', answer ->> 'payment_status')
        from tests.report(reported.name, reported.changes) as answer;
    end;

-- A report about money that went back, as the service; changes are arguments of record_refund_event that differ from a
-- plain one by Stripe that the refund re_1 of 30 MAD of the payment pi_<name> succeeded. The answer in words.
create function tests.returned(name text, changes jsonb default '{}') returns text language plpgsql as $$
declare
    answer jsonb;
begin
    perform tests.authenticate_as_service();
    answer := public.record_refund_event(
        provider => coalesce(changes ->> 'provider', 'stripe'),
        event_id => case when changes ? 'event_id' then changes ->> 'event_id' else 'evt-' || nextval('tests.event_number') end,
        event_type => coalesce(changes ->> 'event_type', 'refund.updated'),
        outcome => case when changes ? 'outcome' then changes ->> 'outcome' else 'succeeded' end,
        payload => coalesce(changes -> 'payload', '{"from": "tests"}'),
        provider_reference => case
            when changes ? 'provider_reference' then changes ->> 'provider_reference'
            else 'pi_' || returned.name
        end,
        refund_reference => case when changes ? 'refund_reference' then changes ->> 'refund_reference' else 're_1' end,
        amount => case when changes ? 'amount' then (changes ->> 'amount')::numeric else 30 end,
        currency => case when changes ? 'currency' then changes ->> 'currency' else 'mad' end,
        refund_id => (changes ->> 'refund_id')::uuid,
        reason => changes ->> 'reason',
        error => changes ->> 'error'
    );
    perform tests.clear_authentication();
    return concat_ws(' ', coalesce(answer ->> 'result', answer ->> 'code'), answer ->> 'order_status', answer ->> 'payment_status');
end;
$$;

-- All payments of an order, in words.
create function tests.payments_of(name text) returns text[] language sql
    return (
        select array_agg(
            concat_ws(' ', provider, status, provider_reference, refund_due_reason)
            order by created_at, status desc, provider_reference
        )
        from public.payments
        where order_id = tests.id_of(payments_of.name)
    );

create function tests.results_of(name text) returns text[] language sql
    return (
        select array_agg(payment_events.result order by payment_events.result)
        from public.payment_events
        inner join public.payments on payments.id = payment_events.payment_id
        where payments.order_id = tests.id_of(results_of.name)
    );

create function tests.messages_of(name text) returns text[] language sql
    return (
        select array_agg(topic order by id)
        from private.outbox
        where payload ->> 'order_id' = tests.id_of(messages_of.name)::text and topic <> 'order.placed'
    );

grant execute on all functions in schema tests to anon, authenticated, service_role;

begin;
select plan(1);
select ok(to_regprocedure('tests.report(text, jsonb)') is not null, 'the helpers of payments are in place');
select * from finish();
rollback;
