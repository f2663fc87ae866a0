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
comment on table private.secrets is 'guest_token: the key of the guest tokens'' HMAC, made with the database.';

insert into private.secrets (name, value)
values ('guest_token', extensions.gen_random_bytes(32));
