-- The status machine. A move that is not here cannot be made by anyone.
create table private.order_transitions (
    from_status text not null,
    to_status text not null,
    by_customer boolean not null,
    by_payment boolean not null,
    needs_payment boolean not null,
    primary key (from_status, to_status)
);
comment on table private.order_transitions is
    'Allowed moves of orders.status. by_customer: the order''s customer may make it too; by_payment: paying makes it, whoever pays; needs_payment: only where money was paid.';

insert into private.order_transitions (from_status, to_status, by_customer, by_payment, needs_payment)
values
    ('pending', 'confirmed', false, true, false),
    ('pending', 'cancelled', true, false, false),
    ('confirmed', 'processing', false, false, false),
    ('confirmed', 'cancelled', true, false, false),
    ('processing', 'shipped', false, false, false),
    ('processing', 'cancelled', false, false, false),
    ('shipped', 'delivered', false, false, false),
    ('delivered', 'refunded', false, false, true),
    ('cancelled', 'refunded', false, false, true);
