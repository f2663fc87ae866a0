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
        select concat_ws(' ', answer ->> 'result', answer ->> 'order_status', answer ->> 'payment_status')
        from tests.report(reported.name, reported.changes) as answer;
    end;

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
