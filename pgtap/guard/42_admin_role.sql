-- Admins' requests run as a role of their own, found out when they arrive.
begin;
select plan(9);

select tests.create_user('buyer@example.com');
select tests.create_user('other@example.com');
select tests.create_user('admin@example.com', 'admin');
select tests.create_shipping_method('Standard', 30);
select tests.create_product('LAMP', 100, 10);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select tests.place('{"LAMP": 1}');

select tests.authenticate_as(tests.user_id('buyer@example.com'));
select tests.arrive('GET', '/orders');
select is(current_user::text, 'authenticated', 'a customer''s request stays what it is');
select is((select count(*) from public.orders), 1::bigint, 'and reads their orders');
select tests.authenticate_as(tests.user_id('other@example.com'));
select tests.arrive('GET', '/orders');
select is((select count(*) from public.orders), 0::bigint, 'and nobody else''s');

select tests.clear_authentication();
select set_config('request.jwt.claims', jsonb_build_object('sub', tests.user_id('admin@example.com'), 'role', 'authenticated')::text, true);
select set_config('role', 'authenticated', true);
select is((select count(*) from public.orders), 0::bigint, 'an admin''s session that did not arrive reads what customers read');
select tests.arrive('GET', '/orders');
select is(current_user::text, 'primostore_admin', 'an admin''s request becomes the admins'' own');
select is((select count(*) from public.orders), 1::bigint, 'and reads all orders');
select is(public.me() ->> 'email', 'admin@example.com', 'it is still its admin''s');
select is(
    tests.rows_of('update public.orders set status = ''confirmed'' returning id'),
    1::bigint,
    'who writes as before'
);

-- Rights that are gone are gone with the next request.
select tests.clear_authentication();
select tests.create_user('second@example.com', 'admin');
update public.user_profiles set role = 'customer' where id = tests.user_id('admin@example.com');
select tests.authenticate_as(tests.user_id('admin@example.com'));
select tests.arrive('GET', '/orders');
select is(current_user::text, 'authenticated', 'who is no admin any more arrives as everybody');
select * from finish();
rollback;
