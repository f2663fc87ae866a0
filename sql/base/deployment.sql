-- What the place of deployment decides, not the shop: no API role reads either table.
create table private.deployment (
    key text primary key,
    value text not null
);
comment on table private.deployment is
    'client_ip_header: the request header that a trusted proxy sets to the client''s address. Hosted Supabase sets cf-connecting-ip.';

insert into private.deployment (key, value)
values ('client_ip_header', 'cf-connecting-ip');

create table private.secrets (
    name text primary key,
    value bytea not null
);
comment on table private.secrets is
    'Keys made with the database. guest_token: of the guest tokens'' HMAC. edge: of the HMAC with which the edge says who its client is.';

insert into private.secrets (name, value)
values
    ('guest_token', extensions.gen_random_bytes(32)),
    ('edge', extensions.gen_random_bytes(32));
