-- The status machine: every pair of statuses, for everyone who might try, as data.
begin;
select plan(49 * 5 + 49 + 7 + 17);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('buyer@example.com');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 10);

-- What the shop's rules say, written down once more: from, to, whether money must have been paid.
create temporary table allowed (from_status text, to_status text, needs_payment boolean);
insert into allowed
values
    ('pending', 'confirmed', false), ('pending', 'cancelled', false),
    ('confirmed', 'processing', false), ('confirmed', 'cancelled', false),
    ('processing', 'shipped', false), ('processing', 'cancelled', false),
    ('shipped', 'delivered', false),
    ('delivered', 'refunded', true), ('cancelled', 'refunded', true);

create temporary table statuses (status text, path text[]);
insert into statuses
values
    ('pending', '{}'),
    ('confirmed', '{confirmed}'),
    ('processing', '{confirmed,processing}'),
    ('shipped', '{confirmed,processing,shipped}'),
    ('delivered', '{confirmed,processing,shipped,delivered}'),
    ('cancelled', '{cancelled}'),
    ('refunded', '{cancelled,refunded}');
grant select on statuses to authenticated, service_role;

-- A buyer's order that has walked to this status.
create function pg_temp.order_in(status text, paid boolean) returns uuid language plpgsql as $$
declare
    new_id uuid;
    step text;
begin
    perform tests.authenticate_as(tests.user_id('buyer@example.com'));
    new_id := tests.place('{"LAMP": 1}') ->> 'id';
    perform tests.clear_authentication();
    if paid or order_in.status = 'refunded' then
        update public.orders set payment_status = 'paid' where id = new_id;
    end if;
    foreach step in array (select path from statuses where statuses.status = order_in.status) loop
        update public.orders set status = step where id = new_id;
    end loop;
    return new_id;
end;
$$;

-- What a statement about such an order (%L stands for its id) comes to; nothing of it stays.
create function pg_temp.try(actor text, from_status text, paid boolean, statement text) returns text language plpgsql as $$
declare
    result text;
begin
    result := tests.outcome(actor, format(statement, pg_temp.order_in(from_status, paid)));
    raise exception using errcode = 'UNDO1', message = result;
exception
    when sqlstate 'UNDO1' then
        return sqlerrm;
end;
$$;

-- Direct writes by those who may write at all.
select is(
    pg_temp.try(
        actors.actor,
        here.status,
        actors.paid,
        format('update public.orders set status = %L where id = %%L returning id', there.status)
    ),
    case
        when exists (
            select
            from allowed
            where allowed.from_status = here.status
                and allowed.to_status = there.status
                and (actors.paid or not allowed.needs_payment)
        ) then 'rows'
        else 'invalid_transition'
    end,
    format('%s moves an order that is %s from %s to %s, where the rules allow it', actors.label, case when actors.paid then 'paid' else 'not paid' end, here.status, there.status)
)
from (
    values
        ('admin@example.com', 'an admin', false),
        ('admin@example.com', 'an admin', true),
        ('service_role', 'a worker', false),
        ('service_role', 'a worker', true),
        ('postgres', 'the database''s owner', true)
) as actors (actor, label, paid)
cross join statuses as here
cross join statuses as there;

-- A customer writes no status at all.
select is(
    pg_temp.try(
        'buyer@example.com', here.status, true,
        format('update public.orders set status = %L where id = %%L returning id', there.status)
    ),
    'no rows',
    format('a customer does not move their order from %s to %s by hand', here.status, there.status)
)
from statuses as here
cross join statuses as there;

-- But cancels, from pending and confirmed only.
select is(
    pg_temp.try('buyer@example.com', here.status, false, 'select public.cancel_order(%L)'),
    case when here.status in ('pending', 'confirmed') then 'rows' else 'order_not_cancellable' end,
    format('a customer''s cancellation of a %s order is answered by the rules', here.status)
)
from statuses as here;

-- What follows from a move.
create temporary table walked as
select pg_temp.order_in('delivered', false) as id;
grant select on walked to authenticated;
select results_eq(
    $$select status, actor from public.order_status_history where order_id = (select walked.id from walked) order by created_at$$,
    $$values ('pending', 'customer'), ('confirmed', 'system'), ('processing', 'system'), ('shipped', 'system'), ('delivered', 'system')$$,
    'every move is in the history, with who made it'
);
select ok(
    (select confirmed_at is not null and shipped_at is not null and delivered_at is not null and cancelled_at is null
    from public.orders where id = (select walked.id from walked)),
    'and has its time'
);
select is(
    (select array_agg(topic order by id) from private.outbox where payload ->> 'order_id' = (select walked.id::text from walked)),
    array['order.placed', 'order.confirmed', 'order.processing', 'order.shipped', 'order.delivered'],
    'and its message'
);

create temporary table moved as
select pg_temp.order_in('pending', false) as id;
grant select on moved to authenticated;
select tests.authenticate_as(tests.user_id('admin@example.com'));
update public.orders set status = 'confirmed' where id = (select moved.id from moved);
select is(
    (select actor from public.order_status_history where order_id = (select moved.id from moved) and status = 'confirmed'),
    'staff',
    'the history says that staff moved an order'
);
select public.cancel_order((select moved.id from moved), E'Customer called.\nWants a larger one.');
select is(
    (select notes from public.order_status_history where order_id = (select moved.id from moved) and status = 'cancelled'),
    E'Customer called.\nWants a larger one.',
    'and why it was cancelled'
);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    (select count(*) from public.order_status_history where order_id = (select moved.id from moved)),
    3::bigint,
    'the customer reads the history'
);
select is(
    (select array_agg(status) from public.payments where order_id = (select moved.id from moved)),
    array['cancelled'],
    'a payment that was due is cancelled with its order'
);

-- Nothing else of an order changes.
select tests.clear_authentication();
select throws_ok($$update public.orders set status = 'lost'$$, 'PGRST', null, 'an unknown status is no move');
select throws_ok('update public.order_status_history set status = ''delivered''', '42501', null, 'history is not rewritten');
select throws_ok('delete from public.order_status_history', '42501', null, 'nor deleted');
select throws_ok('update public.order_items set quantity = 1', '42501', null, 'lines are not rewritten');
select throws_ok('delete from public.order_items', '42501', null, 'nor deleted');
select throws_ok('update public.orders set total = 1', '23514', null, 'an order whose total does not add up is no order');
select is(
    tests.error_details(format(
        $$update public.orders set shipping_address = '{"city": "<b>"}', billing_address = '3', notes = E'\u0001' where id = %L$$,
        (select walked.id from walked)
    )),
    '{
        "shipping_address.city": "contains HTML or script",
        "shipping_address.full_name": "is required",
        "shipping_address.line1": "is required",
        "billing_address": "must be an object",
        "notes": "contains control characters"
    }',
    'every fault of a corrected address is named'
);
select is(
    tests.outcome('admin@example.com', format(
        $$update public.orders set shipping_address = tests.address('{"city": " Salé "}') where id = %L and shipping_address ->> 'city' = 'Rabat' returning id$$,
        (select walked.id from walked)
    )),
    'rows',
    'an admin corrects an address'
);

update public.orders set shipping_address = tests.address('{"city": " Salé ", "line2": ""}') where id = (select walked.id from walked);
select is(
    (select shipping_address from public.orders where id = (select walked.id from walked)),
    tests.address('{"city": "Salé"}'),
    'which is kept as one from checkout is: trimmed, without its empty parts'
);

-- An account that is deleted leaves its orders and their history.
delete from auth.users where id = tests.user_id('buyer@example.com');
select is(
    (select array[(user_id is null)::text, status] from public.orders where id = (select walked.id from walked)),
    array['true', 'delivered'],
    'deleting an account keeps its orders, without it'
);

select * from finish();
rollback;
