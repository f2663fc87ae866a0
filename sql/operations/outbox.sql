-- What must happen outside the database, stored in the transaction that causes it and claimed by workers with a lease.
-- No NOTIFY: it would make commits wait for each other.
create table private.outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    payload jsonb not null,
    created_at timestamptz not null default now(),
    available_at timestamptz not null default now(),
    attempts integer not null default 0,
    lease_until timestamptz,
    last_error text,
    constraint outbox_topic_form check (topic ~ '^[a-z][a-z0-9_.-]{0,99}$'),
    constraint outbox_attempts_not_negative check (attempts >= 0)
);
create index outbox_available_at_idx on private.outbox (available_at);

comment on table private.outbox is 'Messages to deliver, at least once; deleted when delivered.';
comment on column private.outbox.topic is 'Such as order.placed.';
comment on column private.outbox.available_at is 'Not to be delivered before; later after each failure.';
comment on column private.outbox.lease_until is 'Until when the worker that claimed it has it to itself.';
