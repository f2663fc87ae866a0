-- One message for each channel and receiver, claimed by a worker with a lease and deleted when it was delivered.
create table private.messages (
    id bigint generated always as identity primary key,
    topic text not null,
    order_id uuid,
    payload jsonb not null,
    channel text not null,
    receiver text not null,
    state text not null default 'waiting',
    attempts integer not null default 0,
    next_attempt_at timestamptz not null default now(),
    worker text,
    last_error text,
    created_at timestamptz not null,
    constraint messages_channel_known check (channel in ('email', 'webhook')),
    constraint messages_state_known check (state in ('waiting', 'dead')),
    constraint messages_attempts_range check (attempts between 0 and 10)
);
create index messages_next_attempt_at_idx on private.messages (next_attempt_at) where state = 'waiting';
create index messages_dead_idx on private.messages (created_at) where state = 'dead';

comment on table private.messages is 'To be delivered at least once; the id is for receivers to see repeats by.';
comment on column private.messages.receiver is 'An e-mail address, or the URL of a webhook.';
comment on column private.messages.state is 'waiting | dead: given up, until an admin has it tried again or drops it.';
comment on column private.messages.next_attempt_at is
    'Not to be claimed before: the end of the lease while a worker has it, later after each failure.';
comment on column private.messages.worker is 'Who claimed it last.';
comment on column private.messages.created_at is 'When it happened.';

-- Who is told of what. A topic that is not here goes to the webhook for notifications only.
create table private.message_topics (
    topic text primary key,
    audience text not null,
    constraint message_topics_audience_known check (audience in ('customer', 'staff'))
);
comment on table private.message_topics is
    'customer: an e-mail to the buyer, and the webhook for notifications. staff: e-mail and webhook for alerts.';

insert into private.message_topics (topic, audience)
values
    ('order.placed', 'customer'),
    ('order.confirmed', 'customer'),
    ('order.shipped', 'customer'),
    ('order.delivered', 'customer'),
    ('order.cancelled', 'customer'),
    ('order.refunded', 'customer'),
    ('payment.link', 'customer'),
    ('payment.mismatch', 'staff'),
    ('payment.conflict', 'staff'),
    ('payment.disputed', 'staff'),
    ('payment.dispute_won', 'staff'),
    ('payment.dispute_lost', 'staff'),
    ('payment.refund_failed', 'staff'),
    ('payment.refund_due', 'staff');
