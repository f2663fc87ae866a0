-- One row for each place_order that succeeded under a key; the retention job forgets old ones.
create table private.idempotency_keys (
    scope text not null,
    key text not null,
    request_hash bytea not null,
    order_id uuid references public.orders on delete cascade,
    response jsonb,
    created_at timestamptz not null default now(),
    constraint idempotency_keys_pkey primary key (scope, key)
);
create index idempotency_keys_order_id_idx on private.idempotency_keys (order_id);
create index idempotency_keys_created_at_idx on private.idempotency_keys (created_at);
comment on table private.idempotency_keys is 'scope: the account''s id, or guest. response: the first answer, without its guest token.';
