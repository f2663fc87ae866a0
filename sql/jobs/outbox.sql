-- What must happen outside the database, stored in the transaction that causes it: one narrow row, because checkout writes
-- it. To whom it goes, by which channel and in which language is found out when a worker claims it: see private.messages.
-- No NOTIFY: it would make commits wait for each other.
create table private.outbox (
    id bigint generated always as identity primary key,
    topic text not null,
    order_id uuid,
    payload jsonb not null default '{}',
    created_at timestamptz not null default now(),
    constraint outbox_topic_form check (topic ~ '^[a-z][a-z0-9_.-]{0,99}$')
);

comment on table private.outbox is 'What is to be told, until a worker makes messages of it.';
comment on column private.outbox.topic is 'Such as order.placed.';
comment on column private.outbox.order_id is
    'The order that it is about, which may also stand in the payload. No foreign key: checkout need not pay for one.';
