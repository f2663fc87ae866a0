-- How much may be written, whoever goes round the edge.
begin;
select plan(51);

create temporary table people as
select
    tests.create_user('limits-customer@example.com') as customer,
    tests.create_user('limits-other@example.com') as other,
    tests.create_user('limits-admin@example.com', 'admin') as admin;
grant select on people to public;
select public.admin_update_settings(
    '{"rate_limits.orders": "2/hour", "rate_limits.general": "3/hour", "rate_limits.admin": "4/hour", "rate_limits.product_create": "1/hour"}'
);

-- What becomes of a request.
create function pg_temp.arrive(path text, method text default 'POST') returns text language sql as $$
    select coalesce(tests.error_code(format('select tests.arrive(%L, %L)', method, path)), 'passes');
$$;
create function pg_temp.hits() returns bigint stable security definer language sql as $$
    select coalesce(sum(rate_limit_hits.hits), 0)::bigint from private.rate_limit_hits;
$$;
create function pg_temp.forget() returns void volatile security definer language sql as $$
    delete from private.rate_limit_hits;
$$;
grant execute on all functions in schema pg_temp to public;
select pg_temp.forget();

-- Orders.
select tests.authenticate_as_anon();
select tests.set_client_ip('192.0.2.1');
select is(pg_temp.arrive('/rpc/place_order'), 'passes', 'a guest orders');
select is(pg_temp.arrive('/rpc/place_order'), 'passes', 'up to the limit');
select is(pg_temp.arrive('/rpc/place_order'), 'rate_limited', 'then no more');
select is(pg_temp.arrive('//rpc/place%5forder/'), 'rate_limited', 'however the path is written');
select is(pg_temp.arrive('/cart_items'), 'passes', 'other writes count by themselves');
select tests.set_client_ip('192.0.2.2');
select is(pg_temp.arrive('/rpc/place_order'), 'passes', 'another address is another guest');
select tests.authenticate_as((select customer from people));
select tests.set_client_ip('192.0.2.1');
select is(pg_temp.arrive('/rpc/place_order'), 'passes', 'a customer is counted by account');
select tests.set_client_ip('192.0.2.3');
select is(pg_temp.arrive('/rpc/place_order'), 'passes', 'wherever they are');
select is(pg_temp.arrive('/rpc/place_order'), 'rate_limited', 'up to the limit');
select tests.authenticate_as((select other from people));
select is(pg_temp.arrive('/rpc/place_order'), 'passes', 'which is not their neighbour''s');
select tests.authenticate_as_service();
select is(
    (select array_agg(distinct pg_temp.arrive('/rpc/place_order')) from generate_series(1, 10)),
    array['passes'],
    'the service orders without a limit'
);

-- Anything else.
select pg_temp.forget();
select tests.authenticate_as_anon();
select tests.set_client_ip('192.0.2.1');
select is(pg_temp.arrive('/rpc/validate_coupon'), 'passes', 'a visitor writes');
select tests.authenticate_as((select customer from people));
select is(pg_temp.arrive('/wishlists'), 'passes', 'and so does a customer');
select is(pg_temp.arrive('/wishlists', 'DELETE'), 'passes', 'by any method');
select is(pg_temp.arrive('/wishlists', 'PATCH'), 'rate_limited', 'up to the limit of their address');
select tests.authenticate_as((select other from people));
select is(pg_temp.arrive('/wishlists'), 'rate_limited', 'which all share who are there');
select tests.set_client_ip('192.0.2.4');
select is(pg_temp.arrive('/wishlists'), 'passes', 'and others do not');
select tests.authenticate_as((select admin from people));
select tests.set_client_ip('192.0.2.1');
select is(
    (select array_agg(pg_temp.arrive('/categories', 'PATCH')) from generate_series(1, 5)),
    array['passes', 'passes', 'passes', 'passes', 'rate_limited'],
    'an admin has another limit, counted by account'
);
select is(pg_temp.arrive('/products'), 'passes', 'creates products');
select is(pg_temp.arrive('/products'), 'rate_limited', 'up to the limit of that');
select is(pg_temp.arrive('/products', 'PUT'), 'rate_limited', 'also by name');
select is(pg_temp.arrive('/products', 'PATCH'), 'rate_limited', 'and changes products as anything else');

-- An IPv6 customer.
select pg_temp.forget();
select tests.authenticate_as_anon();
select tests.set_client_ip('2001:db8:1:2::1');
select is(pg_temp.arrive('/rpc/place_order'), 'passes', 'a guest of an IPv6 network orders');
select tests.set_client_ip('2001:db8:1:2::2');
select is(pg_temp.arrive('/rpc/place_order'), 'passes', 'from any of its addresses');
select tests.set_client_ip('2001:db8:1:2:ffff::3');
select is(pg_temp.arrive('/rpc/place_order'), 'rate_limited', 'up to the limit of one customer');
select tests.set_client_ip('2001:db8:1:3::1');
select is(pg_temp.arrive('/rpc/place_order'), 'passes', 'the next network is another one');
select tests.set_client_ip('192.0.2.1');

-- An admin without the rights of one, for lack of a second factor, counts as the edge counts them.
select tests.clear_authentication();
select pg_temp.forget();
select public.admin_update_settings('{"security.admin_mfa_required": true}');
select tests.authenticate_as((select admin from people));
select is(
    (select array_agg(pg_temp.arrive('/categories', 'PATCH')) from generate_series(1, 5)),
    array['passes', 'passes', 'passes', 'passes', 'rate_limited'],
    'an admin without a second factor has an admin''s limit'
);
select pg_temp.forget();
select is(private.guard_request(false), false, 'and none of their rights');
select tests.clear_authentication();
select public.admin_update_settings('{"security.admin_mfa_required": false}');

-- What is not counted.
select pg_temp.forget();
select tests.authenticate_as_service();
select tests.set_client_ip('192.0.2.1');
select is(pg_temp.arrive('/products'), 'passes', 'the service creates products');
select is(pg_temp.hits(), 0::bigint, 'and is not counted');
select tests.authenticate_as_anon();
select is(tests.error_code($$ do $do$
begin
    perform tests.arrive('POST', '/wishlists');
    raise sqlstate 'PT400';
end
$do$ $$), 'PT400', 'what fails');
select is(pg_temp.hits(), 0::bigint, 'takes its count along');

-- Requests without an address.
select tests.set_headers(null);
select tests.authenticate_as((select customer from people));
select is(
    (select array_agg(pg_temp.arrive('/wishlists')) from generate_series(1, 4)),
    array['passes', 'passes', 'passes', 'rate_limited'],
    'a customer without an address is counted by account'
);
select is(pg_temp.arrive('/rpc/place_order'), 'passes', 'for orders as ever');
select tests.authenticate_as((select other from people));
select is(pg_temp.arrive('/wishlists'), 'passes', 'and shares it with nobody');
select tests.authenticate_as_anon();
select is(
    (select array_agg(pg_temp.arrive('/rpc/place_order')) from generate_series(1, 4)),
    array['passes', 'passes', 'passes', 'rate_limited'],
    'guests without an address have the requests of one address for their orders together'
);
select is(
    (select array_agg(distinct pg_temp.arrive('/rpc/validate_coupon')) from generate_series(1, 10)),
    array['passes'],
    'and do not lock each other out of anything else'
);

-- Retry-After.
create function pg_temp.retry_after(path text) returns integer language plpgsql as $$
declare
    answer text;
begin
    perform tests.arrive('POST', path);
    return null;
exception
    when sqlstate 'PGRST' then
        get stacked diagnostics answer = pg_exception_detail;
        return answer::jsonb -> 'headers' ->> 'Retry-After';
end;
$$;
grant execute on function pg_temp.retry_after to public;
select is(
    pg_temp.retry_after('/rpc/place_order'),
    ceil(extract(epoch from date_trunc('hour', now()) + interval '1 hour' - now()))::integer,
    'who is refused is told when the window ends'
);

-- Blocks come first, and limits can be turned off.
select tests.clear_authentication();
select pg_temp.forget();
select public.admin_update_settings('{"security.blocked_user_agents": ["badbot"]}');
select tests.authenticate_as_anon();
select tests.set_headers('{"user-agent": "badbot", "cf-connecting-ip": "192.0.2.1"}');
select is(pg_temp.arrive('/wishlists'), 'blocked', 'who is blocked is refused');
select is(pg_temp.hits(), 0::bigint, 'before anything is counted');
select tests.clear_authentication();
select public.admin_update_settings('{"rate_limits.enabled": false}');
select tests.authenticate_as_anon();
select tests.set_client_ip('192.0.2.1');
select is(
    (select array_agg(distinct pg_temp.arrive('/rpc/place_order')) from generate_series(1, 10)),
    array['passes'],
    'where limits are off nobody is limited'
);
select is(pg_temp.hits(), 0::bigint, 'nor counted');
select tests.clear_authentication();
select public.admin_update_settings('{"rate_limits.enabled": true}');

-- Odd paths.
select is(private.request_path(), '/rpc/place_order', 'a path is what follows the API''s prefix');
select set_config('request.path', '/caf%C3%A9%20au%2Flait%', true);
select is(private.request_path(), '/café au/lait%', 'unescaped');
select set_config('request.path', '/products%ff%00', true);
select is(private.request_path(), '/products%ff%00', 'where that gives text');
select set_config('request.path', '/', true);
select is(private.request_path(), null, 'the root is no path');
select set_config('request.path', '', true);
select is(private.request_path(), null, 'nor is nothing');
select tests.authenticate_as_anon();
select is(pg_temp.arrive('/products%ff%00'), 'passes', 'an odd path raises nothing');
select is(pg_temp.arrive(repeat('/%2', 100000)), 'passes', 'nor an endless one');

-- Reading.
select pg_temp.forget();
set local transaction_read_only = on;
select is(
    (select array_agg(distinct pg_temp.arrive(path, method))
    from (values ('/products', 'GET'), ('/rpc/search_products', 'POST'), ('/rpc/place_order', 'POST')) as request (path, method)
    cross join generate_series(1, 10)),
    array['passes'],
    'a request that can''t write is not limited'
);
select is(pg_temp.hits(), 0::bigint, 'nor counted, whatever its method');

select * from finish();
rollback;
