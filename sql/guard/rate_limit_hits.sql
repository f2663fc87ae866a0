-- Hits in fixed windows. Each database session counts in a row of its own, so that simultaneous requests with one key
-- never wait for each other. Unlogged: a crash may forget them.
create unlogged table private.rate_limit_hits (
    bucket text not null,
    key text not null,
    window_start timestamptz not null,
    slot integer not null,
    hits integer not null default 1,
    expires_at timestamptz not null,
    constraint rate_limit_hits_pkey primary key (bucket, key, window_start, slot)
);
create index rate_limit_hits_expires_at_idx on private.rate_limit_hits (expires_at);

comment on table private.rate_limit_hits is 'What counts against a limit, for each bucket (what) and key (who). Sum over slots.';
comment on column private.rate_limit_hits.slot is 'Process id of the database session that counted.';
