-- What validate_coupon answers: never an error for a bad code, and every failure counted.
begin;
select plan(53);

select tests.create_user('buyer@example.com');
insert into public.coupons (code, discount_type, discount_value, min_order_amount, max_discount_amount, usage_limit, starts_at, expires_at, is_active)
values
    ('TEN', 'percentage', 10, null, null, null, null, null, true),
    ('THIRD', 'percentage', 33.33, null, null, null, null, null, true),
    ('ALL', 'percentage', 100, null, null, null, null, null, true),
    ('CAPPED', 'percentage', 50, null, 40, null, null, null, true),
    ('FIFTY', 'fixed', 50, null, null, null, null, null, true),
    ('SHIP', 'free_shipping', 0, null, null, null, null, null, true),
    ('BIG', 'fixed', 20, 200, null, null, null, null, true),
    ('SOON', 'fixed', 20, null, null, null, now() + interval '1 day', null, true),
    ('LATE', 'fixed', 20, null, null, null, null, now() - interval '1 second', true),
    ('NOW', 'fixed', 20, null, null, null, now(), now() + interval '1 second', true),
    ('OFF', 'fixed', 20, null, null, null, null, null, false),
    ('GONE', 'fixed', 20, null, null, 3, null, null, true);
update public.coupons set usage_count = 3 where code = 'GONE';

create function pg_temp.discount(code text, subtotal numeric) returns text language sql
    return (select answer ->> 'discount_amount' from public.validate_coupon(code, subtotal) as answer where (answer ->> 'valid')::boolean);
create function pg_temp.reason(code text, subtotal numeric default 100) returns text language sql
    return (select answer ->> 'reason' from public.validate_coupon(code, subtotal) as answer where not (answer ->> 'valid')::boolean);
grant execute on function pg_temp.discount, pg_temp.reason to anon, authenticated;

select tests.authenticate_as_anon();
select tests.set_client_ip('203.0.113.7');
select is(
    public.validate_coupon('TEN', 250),
    '{"valid": true, "code": "TEN", "discount_type": "percentage", "discount_amount": 25.00, "reason": null}',
    'a good coupon is described'
);
select is(
    public.validate_coupon('nope', 250),
    '{"valid": false, "code": "nope", "discount_type": null, "discount_amount": 0, "reason": "invalid"}',
    'a bad code is answered, not raised'
);
select is(public.validate_coupon('  tEn ', 250) ->> 'code', 'TEN', 'upper and lower case are the same code, spaces around it aside');
select is(public.validate_coupon(pasted, 250) ->> 'code', 'TEN', format('a code pasted as %s is the same', to_json(pasted)))
from unnest(array[E'TEN\n', E'\tTEN', E'TEN\u00a0', E'\u200bTEN', E'\ufeffT\u200bEN\u2060', E'\u2003ten\u3000', E'T\u00adEN']) as pasted;
select is(pg_temp.reason(E'\u200b\u00a0'), 'invalid', 'blanks are no code');
select is(pg_temp.discount('TEN', 0.05), '0.01', 'half a centime rounds up');
select is(pg_temp.discount('TEN', 0.04), '0.00', 'less rounds down');
select is(pg_temp.discount('THIRD', 100.01), '33.33', 'a percentage with decimals is exact to the centime');
select is(pg_temp.discount('ALL', 123.45), '123.45', 'a hundred per cent is the whole subtotal');
select is(pg_temp.discount('CAPPED', 79.98), '39.99', 'below its maximum a discount is whole');
select is(pg_temp.discount('CAPPED', 200), '40.00', 'above it is cut');
select is(pg_temp.discount('FIFTY', 80), '50.00', 'a fixed amount is taken off');
select is(pg_temp.discount('FIFTY', 30), '30.00', 'but never more than the subtotal');
select is(pg_temp.discount('FIFTY', 0), '0.00', 'nothing is taken off nothing');
select is(pg_temp.discount('SHIP', 80), '0.00', 'free shipping takes nothing off the subtotal');
select is(pg_temp.discount('BIG', 200), '20.00', 'a minimum is met by the subtotal itself');
select is(pg_temp.reason('BIG', 199.99), 'min_amount', 'below the minimum a coupon does not count');
select is(pg_temp.reason('SOON'), 'not_started', 'before its time a coupon does not count');
select is(pg_temp.reason('LATE'), 'expired', 'after its time a coupon does not count');
select is(pg_temp.discount('NOW', 100), '20.00', 'within its time it does');
select is(pg_temp.reason('OFF'), 'invalid', 'an inactive coupon is no coupon');
select is(pg_temp.reason('GONE'), 'exhausted', 'a used-up coupon does not count');
select is(pg_temp.reason(''), 'invalid', 'an empty code is no coupon');
select is(pg_temp.reason(null), 'invalid', 'nor is none');
select is(pg_temp.reason(repeat('x', 100000)), 'invalid', 'nor an endless one');
select is(pg_temp.reason($$' or '1' = '1$$), 'invalid', 'nor one that looks like SQL');
select is(pg_temp.reason('T_N'), 'invalid', 'a code holds no wildcards');
select is(
    tests.error_details($$select public.validate_coupon('TEN', -1)$$),
    '{"subtotal": "must be at least 0"}',
    'a negative subtotal is refused'
);
select is(
    tests.error_details($$select public.validate_coupon('TEN', null)$$),
    '{"subtotal": "is required"}',
    'a missing subtotal is refused'
);
select is(tests.error_code($$select public.validate_coupon('TEN', 'NaN')$$), 'invalid_input', 'a subtotal that is no number is refused');
select is(tests.error_code($$select public.validate_coupon('TEN', 100000000)$$), 'invalid_input', 'a subtotal no order can have is refused');

-- Guessing.
select tests.clear_authentication();
update public.system_settings set value = '"3/hour"' where key = 'rate_limits.coupons';
select tests.authenticate_as_anon();
select tests.set_client_ip('203.0.113.8');
select is(pg_temp.discount('TEN', 100), '10.00', 'a good code');
select is(pg_temp.discount('TEN', 100), '10.00', 'costs');
select is(pg_temp.discount('TEN', 100), '10.00', 'no guess');
select is(array[pg_temp.reason('A1'), pg_temp.reason('A2'), pg_temp.reason('A3')], array['invalid', 'invalid', 'invalid'], 'three guesses are answered');
select is(tests.error_code($$select public.validate_coupon('A4', 100)$$), 'rate_limited', 'the fourth is rate_limited');
select is(tests.error_code($$select public.validate_coupon('TEN', 100)$$), 'rate_limited', 'and a right one tells nothing then');
select tests.set_client_ip('203.0.113.9');
select is(pg_temp.discount('TEN', 100), '10.00', 'another address is not affected');
select tests.set_headers(null);
select is(
    array(select pg_temp.reason('B' || n) from generate_series(1, 5) as n),
    array_fill('invalid'::text, array[5]),
    'an address that nobody knows is nobody''s, so its guesses are not counted'
);
select is(pg_temp.discount('TEN', 100), '10.00', 'and stop nobody else');
create function pg_temp.reason_from(ip text, code text) returns text language sql as $$
    select tests.set_client_ip(ip);
    select pg_temp.reason(code);
$$;
select is(
    array(select pg_temp.reason_from('2001:db8:7:7::' || n, 'C' || n) from generate_series(1, 3) as n),
    array_fill('invalid'::text, array[3]),
    'an IPv6 customer''s guesses'
);
select tests.set_client_ip('2001:db8:7:7:ffff::99');
select is(tests.error_code($$select public.validate_coupon('C4', 100)$$), 'rate_limited', 'are one customer''s, with a new address for each');
select tests.set_client_ip('2001:db8:7:8::1');
select is(pg_temp.discount('TEN', 100), '10.00', 'which the next network is not');
select tests.set_client_ip('2001:db8:7:7::abcd');
select is(tests.error_code($$select public.validate_coupon('TEN', 100)$$), 'rate_limited', 'and a right one tells them nothing then');
select tests.set_headers(null);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    array(select pg_temp.reason('B' || n) from generate_series(1, 3) as n),
    array_fill('invalid'::text, array[3]),
    'without an address an account''s guesses'
);
select is(tests.error_code($$select public.validate_coupon('B4', 100)$$), 'rate_limited', 'are counted by account');

select tests.clear_authentication();
update public.system_settings set value = 'false' where key = 'rate_limits.enabled';
select tests.authenticate_as_anon();
select tests.set_client_ip('203.0.113.8');
select is(pg_temp.discount('TEN', 100), '10.00', 'where limits are off nobody is limited');

select * from finish();
rollback;
