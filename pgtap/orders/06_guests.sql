-- Guests: one order, by a token nobody can derive or read; tracking by number and e-mail; and an account later on.
begin;
select plan(59);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('amina@example.com');
select tests.create_user('other@example.com');
select tests.create_user('unproven@example.com', confirmed => false);
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100.00, 50);
insert into public.coupons (code, discount_type, discount_value, usage_limit_per_user) values ('ONCE', 'fixed', 5, 1);
create temporary table placed (name text primary key, document jsonb);
grant select, insert on placed to anon, authenticated, service_role;
create function pg_temp.id_of(name text) returns uuid language sql
    return (select (document ->> 'id')::uuid from placed where placed.name = id_of.name);
create function pg_temp.number_of(name text) returns text language sql
    return (select document ->> 'order_number' from placed where placed.name = number_of.name);
create function pg_temp.token_of(name text) returns text language sql
    return (select document ->> 'guest_token' from placed where placed.name = token_of.name);
grant execute on function pg_temp.id_of, pg_temp.number_of, pg_temp.token_of to anon, authenticated, service_role;

select tests.authenticate_as_anon();
select tests.set_client_ip('203.0.113.20');
insert into placed select 'one', tests.place('{"LAMP": 1}', '{"guest_email": "Amina@example.com", "coupon_code": "ONCE"}');
insert into placed select 'two', tests.place('{"LAMP": 2}', '{"guest_email": "amina@EXAMPLE.com"}');
insert into placed select 'strange', tests.place('{"LAMP": 1}', '{"guest_email": "unproven@example.com"}');
select tests.authenticate_as(tests.user_id('other@example.com'));
insert into placed select 'account', tests.place('{"LAMP": 1}');

-- Reading with the token.
select tests.authenticate_as_anon();
select is(
    public.guest_order(pg_temp.number_of('one'), pg_temp.token_of('one')) - 'history',
    (select document - 'guest_token' from placed where name = 'one'),
    'the token opens its order, and does not come back'
);
select is(
    public.guest_order(pg_temp.number_of('one'), pg_temp.token_of('one')) -> 'history',
    '[]',
    'with its history, which is empty while it has not moved'
);
select isnt(pg_temp.token_of('one'), pg_temp.token_of('two'), 'every order has its own token');
select is(public.guest_order(pg_temp.number_of('two'), pg_temp.token_of('one')), null, 'a token does not open another order');
select is(public.guest_order(pg_temp.number_of('one'), repeat('0', 64)), null, 'a wrong token opens nothing');
select is(public.guest_order(pg_temp.number_of('one'), upper(pg_temp.token_of('one'))), null, 'nor one that is nearly right');
select is(public.guest_order(pg_temp.number_of('one'), ''), null, 'nor an empty one');
select is(public.guest_order(pg_temp.number_of('one'), null), null, 'nor none');
select is(public.guest_order(null, null), null, 'nor no number');
select is(public.guest_order('PS-000000-0000000', pg_temp.token_of('one')), null, 'nor an unknown number');
select is(public.guest_order(pg_temp.number_of('account'), pg_temp.token_of('one')), null, 'an account''s order is opened by no token');
select is(tests.error_code('select * from private.secrets'), '42501', 'nobody reads the secret through the API');
select is(tests.error_code('select * from public.order_origins'), '42501', 'nor until when tokens are good');
select is(tests.error_code('select private.guest_token(pg_temp.id_of(''one''))'), '42501', 'nor makes a token');
select is(tests.error_code('select private.order_document(pg_temp.id_of(''one''))'), '42501', 'nor reads an order behind the door');
select is(tests.error_code('select 1 from public.orders'), '42501', 'a visitor reads no orders');
select tests.authenticate_as(tests.user_id('amina@example.com'));
select is(
    (select count(*) from public.orders where id in (pg_temp.id_of('one'), pg_temp.id_of('two'))),
    0::bigint,
    'a customer reads no guest''s order'
);
select tests.authenticate_as(tests.user_id('admin@example.com'));
select is(
    (select count(*) from public.orders where id in (pg_temp.id_of('one'), pg_temp.id_of('two'))),
    2::bigint,
    'an admin does'
);

-- The end of a token.
select tests.clear_authentication();
create temporary table kept as
select value from private.secrets where name = 'guest_token';
update private.secrets set value = extensions.gen_random_bytes(32) where name = 'guest_token';
select tests.authenticate_as_anon();
select is(public.guest_order(pg_temp.number_of('one'), pg_temp.token_of('one')), null, 'another secret makes other tokens');
select tests.clear_authentication();
update private.secrets set value = (select kept.value from kept) where name = 'guest_token';
update public.order_origins set guest_access_until = null where order_id = pg_temp.id_of('two');
select tests.authenticate_as_anon();
select is(public.guest_order(pg_temp.number_of('two'), pg_temp.token_of('two')), null, 'a revoked token opens nothing');
select is(public.cancel_guest_order(pg_temp.number_of('two'), pg_temp.token_of('two')), null, 'and cancels nothing');
select tests.clear_authentication();
create temporary table soon as
select guest_access_until as expires_at from public.order_origins where order_id = pg_temp.id_of('strange');
select cmp_ok((select expires_at from soon), '>', now() + interval '1 day', 'a token is good for days');
update public.order_origins set guest_access_until = now() where order_id = pg_temp.id_of('strange');
select tests.authenticate_as_anon();
select is(public.guest_order(pg_temp.number_of('strange'), pg_temp.token_of('strange')), null, 'an expired token opens nothing');
select tests.clear_authentication();
create temporary table signed as
select encode(
    extensions.hmac(convert_to(order_id || '|' || extract(epoch from guest_access_until), 'UTF8'), (select kept.value from kept), 'sha256'),
    'hex'
) as token
from public.order_origins
where order_id = pg_temp.id_of('strange');
grant select on signed to anon;
select tests.authenticate_as_anon();
select is(public.guest_order(pg_temp.number_of('strange'), (select signed.token from signed)), null, 'however well it is signed');
select tests.clear_authentication();
update public.order_origins set guest_access_until = now() + interval '1 year' where order_id = pg_temp.id_of('strange');
select tests.authenticate_as_anon();
select is(public.guest_order(pg_temp.number_of('strange'), pg_temp.token_of('strange')), null, 'nor does an old one when the time is moved: it is signed');

-- Tracking.
select is(
    public.track_order(pg_temp.number_of('one'), 'AMINA@example.com'),
    jsonb_build_object(
        'found', true, 'order_number', pg_temp.number_of('one'), 'status', 'pending',
        'placed_at', (tests.order_row(pg_temp.id_of('one'))).placed_at, 'shipped_at', null
    ),
    'number and e-mail, in any case, tell where an order is, and nothing else'
);
select is(public.track_order(pg_temp.number_of('account'), 'other@example.com') ->> 'found', 'true', 'an account''s order is tracked by its e-mail');
select is(
    public.track_order(pg_temp.number_of('one'), 'other@example.com'),
    '{"found": false, "order_number": null, "status": null, "placed_at": null, "shipped_at": null}',
    'another e-mail finds nothing'
);
select is(public.track_order('PS-000000-0000000', 'amina@example.com') ->> 'found', 'false', 'nor does another number');
select is(
    public.track_order(written.number, 'amina@example.com') ->> 'order_number',
    pg_temp.number_of('one'),
    format('an order is found by its number as people write it: %s', written.form)
)
from (
    values
        (lower(pg_temp.number_of('one')), 'in lower case'),
        ('#' || pg_temp.number_of('one'), 'with a #'),
        (replace(pg_temp.number_of('one'), '-', ' '), 'with blanks for dashes'),
        (replace(pg_temp.number_of('one'), '-', ''), 'in one word'),
        (E'\u200e ' || pg_temp.number_of('one') || E'\u00a0', 'with blanks and marks around it'),
        (translate(pg_temp.number_of('one'), '0123456789', '٠١٢٣٤٥٦٧٨٩'), 'with Arabic digits')
) as written (number, form);
select is(
    public.guest_order(pg_temp.number_of('one') || ' ', pg_temp.token_of('one')) ->> 'order_number',
    pg_temp.number_of('one'),
    'also with its token'
);
select is(public.track_order(null, null) ->> 'found', 'false', 'nor nothing');
select is(public.track_order(repeat('x', 100000), $$' or 1=1$$) ->> 'found', 'false', 'nor nonsense');
select is(public.track_order(pg_temp.number_of('one'), '%') ->> 'found', 'false', 'nor wildcards');

-- Guessing is counted.
select tests.clear_authentication();
update public.system_settings set value = '"2/hour"' where key = 'rate_limits.coupons';
select tests.authenticate_as_anon();
select tests.set_client_ip('203.0.113.21');
select is(array[public.guest_order('x', 'x'), public.guest_order('x', 'x')], array[null, null]::jsonb[], 'two wrong tokens are answered');
select is(
    tests.error_code($$select public.guest_order(pg_temp.number_of('one'), 'x')$$),
    'rate_limited',
    'after which no wrong one is'
);
select is(
    tests.error_code($$select public.cancel_guest_order(pg_temp.number_of('one'), 'x')$$),
    'rate_limited',
    'by either call'
);
select is(
    public.guest_order(pg_temp.number_of('one'), pg_temp.token_of('one')) ->> 'order_number',
    pg_temp.number_of('one'),
    'but the right one opens its order, whoever guessed from the same address'
);
select is(public.track_order('x', 'x') ->> 'found', 'false', 'a wrong number is answered');
select is(public.track_order('x', 'y') ->> 'found', 'false', 'so is a second');
select is(public.track_order(pg_temp.number_of('one'), 'amina@example.com') ->> 'found', 'false', 'then nothing is found any more');
select is(current_setting('response.status', true), '429', 'and the status says why');
select tests.set_client_ip('203.0.113.22');
select is(public.track_order(pg_temp.number_of('one'), 'amina@example.com') ->> 'found', 'true', 'another address is not affected');
select tests.clear_authentication();
select cmp_ok(
    (select count(*) from public.security_logs where event_type = 'guest_token_refused' and ip_address = '203.0.113.21'),
    '>=', 2::bigint,
    'wrong tokens are in the security log'
);

-- Claiming.
select tests.authenticate_as_anon();
select is(tests.error_code('select public.claim_guest_orders()'), 'unauthenticated', 'a visitor claims nothing');
select tests.authenticate_as(tests.user_id('unproven@example.com'));
select is(tests.error_code('select public.claim_guest_orders()'), 'forbidden', 'nor does an account whose e-mail is not confirmed');
select tests.authenticate_as(tests.user_id('other@example.com'));
select is(public.claim_guest_orders(), 0, 'nor one with another e-mail');
select tests.authenticate_as(tests.user_id('amina@example.com'));
select is(public.claim_guest_orders(), 2, 'an account claims the guest orders of its confirmed e-mail, in any case');
select is(
    (select array_agg(id order by order_number) from public.orders),
    array[pg_temp.id_of('one'), pg_temp.id_of('two')],
    'and reads them from then on'
);
select is(
    (select count(*) from public.coupon_usage where order_id = pg_temp.id_of('one')),
    1::bigint,
    'with the coupons they used'
);
select is(
    tests.error_code($$select tests.place('{"LAMP": 1}', '{"coupon_code": "ONCE"}')$$),
    'coupon_already_used',
    'which count as the account''s'
);
select is(public.claim_guest_orders(), 0, 'there is nothing left to claim then');
select is(
    public.guest_order(pg_temp.number_of('one'), pg_temp.token_of('one')),
    null,
    'the guest''s token ends with it: who still has it reads the account''s order no more'
);
select is(public.cancel_order(pg_temp.id_of('two')) ->> 'status', 'cancelled', 'a claimed order is the account''s to cancel');

select * from finish();
rollback;
