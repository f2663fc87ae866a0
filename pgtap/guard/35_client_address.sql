-- Whose address a request comes from: the edge's word, when it is signed, else the trusted proxy's.
begin;
select plan(36);

-- What the edge would send for this client, this long ago.
create function pg_temp.said(ip text, request_id text default '', age interval default '0', key text default 'edge')
    returns text
    language sql
    as $$
    select format('v1;ip=%s;t=%s;sig=%s', ip, sent.at, encode(
        extensions.hmac(convert_to(format('v1|%s|%s|%s', ip, sent.at, request_id), 'UTF8'), secrets.value, 'sha256'), 'hex'
    ))
    from private.secrets
    cross join (select floor(extract(epoch from now() - age))::bigint) as sent (at)
    where secrets.name = said.key;
$$;
create function pg_temp.arrive(said text, request_id text default null) returns inet language sql as $$
    select tests.set_headers(jsonb_strip_nulls(jsonb_build_object(
        'cf-connecting-ip', '198.51.100.1', 'x-primostore-client', arrive.said, 'x-request-id', arrive.request_id
    )));
    select private.client_ip();
$$;

select is(
    (select count(*) from private.secrets where name = 'edge' and length(value) = 32),
    1::bigint,
    'the edge has a key of 256 bits, made with the database'
);
select isnt(
    (select value from private.secrets where name = 'edge'),
    (select value from private.secrets where name = 'guest_token'),
    'of its own'
);

select is(pg_temp.arrive(null), '198.51.100.1', 'without the edge the trusted proxy''s header counts');
select is(pg_temp.arrive(pg_temp.said('203.0.113.5')), '203.0.113.5', 'what the edge says and signs is believed');
select is(pg_temp.arrive(pg_temp.said('2001:db8::5')), '2001:db8::5', 'of an IPv6 address too');
select is(pg_temp.arrive(pg_temp.said('0.0.0.0')), null, 'that it knows none is believed too, whatever the proxy says');
select is(private.guesser(), null, 'and such a visitor is nobody');
select is(
    pg_temp.arrive(pg_temp.said('203.0.113.5', 'req-1'), 'req-1'),
    '203.0.113.5',
    'with the request''s id'
);
select is(
    pg_temp.arrive(pg_temp.said('203.0.113.5', 'req-1'), 'req-2'),
    '198.51.100.1',
    'but not for another request'
);
select is(pg_temp.arrive(pg_temp.said('203.0.113.5', 'req-1')), '198.51.100.1', 'nor for one without an id');
select is(pg_temp.arrive(pg_temp.said('203.0.113.5'), 'req-1'), '198.51.100.1', 'nor for one that was given an id later');
select is(
    pg_temp.arrive(pg_temp.said('203.0.113.5'), 'no id, with blanks'),
    '203.0.113.5',
    'an id that is none counts as none, as in the logs'
);
select is(
    pg_temp.arrive(pg_temp.said('203.0.113.5', age => '599 seconds')),
    '203.0.113.5',
    'it is believed for ten minutes'
);
select is(pg_temp.arrive(pg_temp.said('203.0.113.5', age => '602 seconds')), '198.51.100.1', 'and then no more');
select is(pg_temp.arrive(pg_temp.said('203.0.113.5', age => '-599 seconds')), '203.0.113.5', 'clocks may differ');
select is(pg_temp.arrive(pg_temp.said('203.0.113.5', age => '-602 seconds')), '198.51.100.1', 'but not without end');
select is(
    pg_temp.arrive(pg_temp.said('203.0.113.5', key => 'guest_token')),
    '198.51.100.1',
    'another key signs nothing'
);
select is(
    pg_temp.arrive(replace(pg_temp.said('203.0.113.5'), '203.0.113.5', '203.0.113.6')),
    '198.51.100.1',
    'a signature is for one address'
);
select is(
    pg_temp.arrive(regexp_replace(pg_temp.said('203.0.113.5'), 'sig=.*', 'sig=' || repeat('0', 64))),
    '198.51.100.1',
    'a made-up signature is none'
);
select is(
    pg_temp.arrive(regexp_replace(pg_temp.said('203.0.113.5'), 'sig=(.*)', 'sig=') || upper(substring(pg_temp.said('203.0.113.5') from 'sig=(.*)'))),
    '203.0.113.5',
    'hexadecimal digits may be written in either case'
);
select is(pg_temp.arrive('v2' || substr(pg_temp.said('203.0.113.5'), 3)), '198.51.100.1', 'another version is not known');
select results_eq(
    $$ select distinct pg_temp.arrive(odd) from unnest(array[
        '', 'v1', 'v1;ip=;t=;sig=', 'v1;ip=203.0.113.5;t=99999999999999999999;sig=00', E'v1;ip=\n', repeat('v1;ip=', 10000),
        'v1;ip=203.0.113.5;t=999999999999;sig=' || repeat('a', 64), pg_temp.said('1.2.3'), pg_temp.said('fe:ed:')
    ]) as odd $$,
    $$ values ('198.51.100.1'::inet) union select null $$,
    'odd text raises nothing and is not believed'
);
select is(pg_temp.arrive(pg_temp.said('203.0.113.0/24')), '198.51.100.1', 'a network is no client');

select tests.set_headers(jsonb_build_object('x-primostore-client', pg_temp.said('203.0.113.5')));
select is(private.client_ip(), '203.0.113.5', 'no other header is needed');
select set_config('request.headers', '{"x-primostore-client": "\u0000", "cf-connecting-ip": "198.51.100.1"}', true);
select is(private.client_ip(), null, 'headers that the database cannot hold tell nothing');
select tests.set_headers(jsonb_build_object('x-primostore-client', pg_temp.said('203.0.113.5')));
delete from private.secrets where name = 'edge';
select is(private.client_ip(), null, 'without a key nothing is believed');


-- Who guesses.
select tests.create_user('guesser@example.com') as customer
\gset
select is(
    private.client_network('2001:db8:1:2:3:4:5:6'),
    '2001:db8:1:2::/64',
    'an IPv6 customer has the addresses of a /64'
);
select is(private.client_network('203.0.113.7'), '203.0.113.7', 'an IPv4 customer has one');
select is(private.client_network('::ffff:203.0.113.7'), '203.0.113.7', 'also written as IPv6');
select tests.set_client_ip('203.0.113.7');
select is(private.guesser(), '203.0.113.7', 'who guesses is the address');
select tests.set_client_ip('2001:db8:1:2::9');
select is(private.guesser(), '2001:db8:1:2::/64', 'or the network');
select tests.set_headers(null);
select is(private.guesser(), null, 'a visitor without an address is nobody');
create function pg_temp.guesser() returns text security definer language sql as $$ select private.guesser(); $$;
grant execute on function pg_temp.guesser to public;
select tests.authenticate_as(:'customer');
select is(pg_temp.guesser(), :'customer', 'a customer without one is the account');
select tests.set_client_ip('203.0.113.7');
select is(pg_temp.guesser(), '203.0.113.7', 'and with one the address: it changes accounts more easily');

select tests.authenticate_as_anon();
select is(tests.error_code('select value from private.secrets'), '42501', 'visitors cannot read the key');
select is(
    tests.error_code($$ select private.edge_client_ip('v1', '') $$),
    '42501',
    'nor try signatures by themselves'
);

select * from finish();
rollback;
