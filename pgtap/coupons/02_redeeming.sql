-- Coupons at checkout: counted once per order, per customer as a person, and given back on cancellation.
begin;
select plan(44);

select tests.create_user('buyer@example.com');
select tests.create_user('Mixed.Case@example.com');
select tests.create_user('unproven@example.com', confirmed => false);
select tests.create_shipping_method('Standard', 30, zones => array['MA']);
select tests.create_product('LAMP', 100.00, 500);
insert into public.coupons (code, discount_type, discount_value, min_order_amount, max_discount_amount, usage_limit, usage_limit_per_user, starts_at, expires_at, is_active)
values
    ('TEN', 'percentage', 10, null, null, null, null, null, null, true),
    ('CAPPED', 'percentage', 50, null, 20, null, null, null, null, true),
    ('HUNDRED', 'fixed', 150, null, null, null, null, null, null, true),
    ('SHIP', 'free_shipping', 0, null, null, null, null, null, null, true),
    ('BIG', 'fixed', 20, 200, null, null, null, null, null, true),
    ('SOON', 'fixed', 20, null, null, null, null, now() + interval '1 day', null, true),
    ('LATE', 'fixed', 20, null, null, null, null, null, now() - interval '1 second', true),
    ('OFF', 'fixed', 20, null, null, null, null, null, null, false),
    ('TWO', 'fixed', 20, null, null, 2, null, null, null, true),
    ('ONCE', 'fixed', 20, null, null, null, 1, null, null, true);

create function pg_temp.with_coupon(code text, quantity integer default 1) returns jsonb language sql
    return tests.place(jsonb_build_object('LAMP', quantity), jsonb_build_object('coupon_code', code));
create function pg_temp.guest_with_coupon(code text, email text) returns jsonb language sql
    return tests.place('{"LAMP": 1}', jsonb_build_object('coupon_code', code, 'guest_email', email));
grant execute on function pg_temp.with_coupon, pg_temp.guest_with_coupon to anon, authenticated;
create function pg_temp.uses(code text) returns bigint security definer language sql
    return (select usage_count from public.coupons where coupons.code = uses.code);
grant execute on function pg_temp.uses to anon, authenticated;

-- Every type.
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    (select array[answer ->> 'subtotal', answer ->> 'discount_amount', answer ->> 'shipping_cost', answer ->> 'total'] from pg_temp.with_coupon(' ten ') as answer),
    array['100.00', '10.00', '30.00', '120.00'],
    'a percentage is taken off the subtotal, not off shipping'
);
select is(
    (select array[answer ->> 'discount_amount', answer ->> 'total'] from pg_temp.with_coupon('CAPPED') as answer),
    array['20.00', '110.00'],
    'a discount stops at its maximum'
);
select is(
    (select array[answer ->> 'discount_amount', answer ->> 'shipping_cost', answer ->> 'total'] from pg_temp.with_coupon('HUNDRED') as answer),
    array['100.00', '30.00', '30.00'],
    'a fixed discount never pays for shipping'
);
select is(
    (select array[answer ->> 'discount_amount', answer ->> 'shipping_cost', answer ->> 'total'] from pg_temp.with_coupon('SHIP') as answer),
    array['0.00', '0.00', '100.00'],
    'a free-shipping coupon makes shipping free and leaves the discount alone'
);
select is(pg_temp.with_coupon('BIG', 2) ->> 'discount_amount', '20.00', 'the minimum looks at the subtotal');

-- Every refusal.
select is(tests.error_code($$select pg_temp.with_coupon('NOPE')$$), 'coupon_invalid', 'an unknown coupon stops the order');
select is(tests.error_code($$select pg_temp.with_coupon('OFF')$$), 'coupon_invalid', 'so does an inactive one');
select is(tests.error_code($$select pg_temp.with_coupon('SOON')$$), 'coupon_not_started', 'one before its time');
select is(tests.error_code($$select pg_temp.with_coupon('LATE')$$), 'coupon_expired', 'one after its time');
select is(tests.error_code($$select pg_temp.with_coupon('BIG', 1)$$), 'coupon_min_amount', 'and one for larger orders');
select is(pg_temp.with_coupon('   ') ->> 'discount_amount', '0.00', 'a blank code is no code');

-- The limit over all.
select is(pg_temp.with_coupon('TWO') ->> 'discount_amount', '20.00', 'a limited coupon works');
create temporary table limited as
select (pg_temp.with_coupon('two') ->> 'id')::uuid as id;
select is(pg_temp.uses('TWO'), 2::bigint, 'each order counts one use');
select is(tests.error_code($$select pg_temp.with_coupon('TWO')$$), 'coupon_exhausted', 'beyond its limit a coupon stops the order');
select is(pg_temp.uses('TWO'), 2::bigint, 'which counts no use');
select is(
    (select count(*) from public.coupon_usage where order_id = (select limited.id from limited)),
    1::bigint,
    'a customer sees that an order used a coupon'
);
select public.cancel_order((select limited.id from limited));
select is(pg_temp.uses('TWO'), 1::bigint, 'a cancelled order gives its use back');
select is(
    (select count(*) from public.coupon_usage where order_id = (select limited.id from limited)),
    0::bigint,
    'with its row'
);
select is(pg_temp.with_coupon('TWO') ->> 'discount_amount', '20.00', 'and another order may use it');

select is(
    tests.error_code($$select tests.place('{"LAMP": 900}', '{"coupon_code": "TEN"}')$$),
    'out_of_stock',
    'an order that fails on its stock'
);
select is(pg_temp.uses('TEN'), 1::bigint, 'leaves the coupon''s count alone');

-- The limit per customer, who is a person: account and confirmed e-mail.
create temporary table once as
select (pg_temp.with_coupon('ONCE') ->> 'id')::uuid as id;
select is(pg_temp.uses('ONCE'), 1::bigint, 'a coupon once per customer works once');
select is(tests.error_code($$select pg_temp.with_coupon('once')$$), 'coupon_already_used', 'and not twice');
select is(public.validate_coupon('ONCE', 100) ->> 'reason', 'already_used', 'which validate_coupon says beforehand');

select tests.authenticate_as_anon();
select is(
    tests.error_code($$select pg_temp.guest_with_coupon('ONCE', 'BUYER@example.com')$$),
    'coupon_already_used',
    'nor as a guest with the account''s confirmed e-mail'
);
select is(
    pg_temp.guest_with_coupon('ONCE', 'mixed.CASE@example.com') ->> 'discount_amount',
    '20.00',
    'another guest may use it'
);
select is(
    tests.error_code($$select pg_temp.guest_with_coupon('ONCE', 'Mixed.Case@Example.com')$$),
    'coupon_already_used',
    'once per e-mail, in any case'
);
select tests.authenticate_as(tests.user_id('Mixed.Case@example.com'));
select is(
    tests.error_code($$select pg_temp.with_coupon('ONCE')$$),
    'coupon_already_used',
    'nor with the account whose confirmed e-mail the guest gave'
);

select tests.authenticate_as_anon();
select is(
    pg_temp.guest_with_coupon('ONCE', 'unproven@example.com') ->> 'discount_amount',
    '20.00',
    'a guest gives an e-mail of an account that has not confirmed it'
);
select tests.authenticate_as(tests.user_id('unproven@example.com'));
select is(
    pg_temp.with_coupon('ONCE') ->> 'discount_amount',
    '20.00',
    'which does not use up the account''s coupon, because the e-mail is not proved'
);

-- Cancelling gives a personal use back too.
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select public.cancel_order((select once.id from once));
select is(pg_temp.with_coupon('ONCE') ->> 'discount_amount', '20.00', 'after cancelling, the customer may use it again');

-- The count has the last word, whatever was true before its lock.
select tests.clear_authentication();
create function pg_temp.redeem(code text) returns text language sql
    return tests.error_code(format(
        'select private.redeem_coupon(%L, %L, %L, %L, 20)',
        (select id from public.coupons where coupons.code = redeem.code),
        (select id from once),
        tests.user_id('buyer@example.com'),
        'buyer@example.com'
    ));
select is(pg_temp.redeem('TWO'), 'coupon_exhausted', 'a use beyond the limit is refused when it is counted');
select is(pg_temp.redeem('ONCE'), 'coupon_already_used', 'so is a customer''s use beyond theirs');
select is(pg_temp.redeem('OFF'), 'coupon_exhausted', 'and one of a coupon that was just withdrawn');

-- What a coupon may be.
select tests.clear_authentication();
select is(
    tests.error_details($$insert into public.coupons (code, description, discount_type, discount_value, min_order_amount, max_discount_amount, usage_limit, usage_limit_per_user, starts_at, expires_at)
    values ('no spaces', '<b>', 'percentage', 101, 0, -1, 0, 0, '2026-01-02', '2026-01-01')$$),
    '{
        "code": "must be 2 to 50 letters, digits, - or _",
        "description": "contains HTML or script",
        "discount_value": "must be at most 100",
        "min_order_amount": "must be at least 0.01",
        "max_discount_amount": "must be at least 0.01",
        "usage_limit": "must be at least 1",
        "usage_limit_per_user": "must be at least 1",
        "expires_at": "must come after starts_at"
    }',
    'every fault of a coupon is named in one answer'
);
select is(
    tests.error_code($$insert into public.coupons (code, discount_type, discount_value) values ('X1', 'fixed', 0)$$),
    'invalid_input',
    'a fixed discount of nothing is refused'
);
select is(
    tests.error_code($$insert into public.coupons (code, discount_type, discount_value) values ('X1', 'free_shipping', 5)$$),
    'invalid_input',
    'a free-shipping coupon with a value is refused'
);
select is(
    tests.error_code($$insert into public.coupons (code, discount_type, discount_value) values ('X1', 'gift', 5)$$),
    'invalid_input',
    'an unknown type is refused'
);
select lives_ok(
    $$insert into public.coupons (code, discount_type, discount_value) values (E'\u00a0Printemps\u200b\n', 'fixed', 5)$$,
    'a code is kept'
);
select isnt_empty($$select id from public.coupons where code = 'Printemps'$$, 'without blanks and invisible characters');
select throws_ok(
    $$insert into public.coupons (code, discount_type, discount_value) values ('ten', 'fixed', 5)$$,
    '23505', null,
    'two coupons never differ by case alone'
);
select is(
    tests.error($$delete from public.coupons where code = 'TEN'$$) - array['message', 'hint'],
    '{"code": "in_use", "details": "{\"orders\": 1}"}',
    'a coupon that was used is not deleted, and by how many orders is said'
);
select throws_ok(
    $$insert into public.coupon_usage (coupon_id, order_id, discount_amount) select coupon_id, order_id, 1 from public.coupon_usage limit 1$$,
    '23505', null,
    'an order uses a coupon once'
);
select is(
    (
        select count(*)
        from public.coupons
        where usage_count <> (select count(*) from public.coupon_usage where coupon_usage.coupon_id = coupons.id)
            and code in ('TEN', 'CAPPED', 'HUNDRED', 'SHIP', 'BIG', 'TWO', 'ONCE')
    ),
    0::bigint,
    'every count equals its rows'
);

select * from finish();
rollback;
