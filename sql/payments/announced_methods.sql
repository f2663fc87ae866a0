-- What the edge said it has the keys of. It says so again and again, because nobody says when keys are taken away.
create table private.announced_methods (
    method text primary key,
    announced_at timestamptz not null default now()
);
comment on table private.announced_methods is
    'Ways to pay whose keys the edge has, and when it said so last: see private.payment_method_ready.';
