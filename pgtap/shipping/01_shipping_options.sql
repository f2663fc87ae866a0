-- What serves an address, and for how much.
begin;
select plan(53);

select tests.create_user('admin@example.com', 'admin');
select tests.create_user('buyer@example.com');
-- The seed's methods stand aside.
update public.shipping_methods set is_active = false;
select tests.create_shipping_method('Standard', 30, free_from => 500, zones => array['MA']);
select tests.create_shipping_method('Courier', 60, zones => array['MA:Casablanca', 'MA:Fès', 'FR']);
select tests.create_shipping_method('World', 250);
select tests.create_shipping_method('Retired', 1, is_active => false);
update public.shipping_methods set sort_order = 1 where name = 'World';
update public.shipping_methods set sort_order = 2 where name = 'Standard';
update public.shipping_methods set sort_order = 3 where name = 'Courier';

create function pg_temp.names(country text, city text default null, subtotal numeric default 0) returns text[] language sql
    return (select array_agg(name) from public.shipping_options(country, city, subtotal));
grant execute on function pg_temp.names to anon;

select tests.authenticate_as_anon();
select is(pg_temp.names('MA', 'Rabat'), array['World', 'Standard'], 'a country''s methods serve all its cities, in the shop''s order');
select is(pg_temp.names('MA', 'Casablanca'), array['World', 'Standard', 'Courier'], 'a city''s methods serve it');
select is(pg_temp.names('ma', '  casaBLANCA '), array['World', 'Standard', 'Courier'], 'case and spaces aside');
select is(pg_temp.names('MA', 'Fes'), array['World', 'Standard', 'Courier'], 'and accents');
select is(pg_temp.names('MA'), array['World', 'Standard'], 'a method for one city does not serve an address without a city');
select is(pg_temp.names('FR', 'Lyon'), array['World', 'Courier'], 'another country has its own methods');
select is(pg_temp.names('JP', 'Casablanca'), array['World'], 'an empty list of zones means everywhere');
select is(
    (select row(price, estimated_days_min, estimated_days_max)::text from public.shipping_options('MA', 'Rabat', 499.99) where name = 'Standard'),
    '(30.00,,)',
    'below free_from shipping has its price'
);
select is(
    (select price from public.shipping_options('MA', 'Rabat', 500) where name = 'Standard'),
    0.00,
    'from free_from on it is free'
);
select is(
    (select price from public.shipping_options('MA', 'Rabat', 99999999.99) where name = 'World'),
    250.00,
    'a method without free_from is never free'
);
select is(
    tests.error_details($$select public.shipping_options('Morocco', '<b>x</b>', -1)$$),
    '{
        "country": "is not an ISO country code of two letters",
        "city": "contains HTML or script",
        "subtotal": "must be at least 0"
    }',
    'every fault of a question is named'
);
select is(
    tests.error_details('select public.shipping_options(null, null, null)'),
    '{"country": "is required", "subtotal": "is required"}',
    'missing arguments are named'
);
select is(
    tests.error_code($$select public.shipping_options('MA', 'x', 'NaN')$$),
    'invalid_input',
    'a subtotal that is no number is refused'
);

-- Cities as people spell them.
select tests.clear_authentication();
select tests.create_shipping_method('Atlas', 45, zones => array['MA:Béni Mellal', 'MA:أكادير', 'MA:M''diq', 'MA:Fkih-Ben-Salah']);
select tests.authenticate_as_anon();
select ok('Atlas' = any(pg_temp.names('MA', city)), format('a city spelled "%s" is served', city))
from unnest(array[
    'Beni-Mellal', 'BENI  MELLAL', E'B\u00e9ni\u00a0Mellal', E'Be\u0301ni Mellal', 'benimellal', E'Beni\u2011Mellal', E'B\u00e9ni Mellal\u200b',
    'اكادير', 'أڭادير', 'أَكَادِير', 'أكـــادير', 'M’diq', 'fkih ben salah'
]) as city;
select ok(not 'Atlas' = any(pg_temp.names('MA', city)), format('but none spelled "%s"', city))
from unnest(array['Mellal', 'Beni Mellal 2', '-', 'Rabat']) as city;
select is(pg_temp.names(E' ma\u00a0', 'Rabat'), array['World', 'Standard'], 'blanks around the country are none of it');

-- The same rule at checkout.
select tests.clear_authentication();
select tests.create_product('LAMP', 100.00, 50);
select tests.authenticate_as(tests.user_id('buyer@example.com'));
select is(
    tests.error_code($$select tests.place('{"LAMP": 1}', '{"shipping_method": "Courier"}')$$),
    'shipping_unavailable',
    'an order cannot be sent by a method that does not serve its address'
);
select is(
    tests.error_code($$select tests.place('{"LAMP": 1}', '{"shipping_method": "Retired"}')$$),
    'shipping_unavailable',
    'nor by an inactive one'
);
select is(
    tests.error_code($$select tests.place('{"LAMP": 1}', '{"shipping_method_id": "00000000-0000-4000-8000-000000000000"}')$$),
    'shipping_unavailable',
    'nor by one that does not exist'
);
select is(
    tests.place('{"LAMP": 1}', jsonb_build_object('shipping_method', 'Courier', 'shipping_address', tests.address('{"city": "casablanca"}'))) ->> 'shipping_cost',
    '60.00',
    'it is sent by one that does'
);
select is(tests.place('{"LAMP": 4}') ->> 'shipping_cost', '30.00', 'an order below free_from pays for shipping');
select is(tests.place('{"LAMP": 5}') ->> 'shipping_cost', '0.00', 'an order from free_from on does not');

-- What a method may be.
select tests.authenticate_as(tests.user_id('admin@example.com'));
select lives_ok(
    $$insert into public.shipping_methods (name, description, price, free_from, estimated_days_min, estimated_days_max, zones)
    values ('Amana', E'Two days,\nwith tracking < 5 kg', 25, 300, 1, 3, '{MA:El Jadida,ES}')$$,
    'an admin adds a method'
);
select is(
    tests.error_details($$insert into public.shipping_methods (name, description, price, free_from, estimated_days_min, estimated_days_max, zones)
    values (' ', '<img src=x>', -1, 0, 5, 2, '{Maroc,MA:}')$$),
    '{
        "name": "is required",
        "description": "contains HTML or script",
        "price": "must be at least 0",
        "free_from": "must be at least 0.01",
        "estimated_days_max": "must not be below estimated_days_min",
        "zones": "holds \"Maroc\", which is neither a country (MA) nor a city (MA:Casablanca)"
    }',
    'every fault of a method is named in one answer'
);
select is(
    tests.faults(format('update public.shipping_methods set zones = %L where name = ''Amana''', zones)),
    fault,
    rule
)
from (
    values
        ('{ma}', '{"zones": ["pattern", "MA:Casablanca"]}'::jsonb, 'zones are in capitals'),
        (null, '{"zones": ["required"]}', 'zones are never null'),
        ('{{MA},{FR}}', '{"zones": ["pattern", "MA:Casablanca"]}', 'nor lists of lists'),
        ('{MA,NULL}', '{"zones": ["pattern", "MA:Casablanca"]}', 'nor hold a null'),
        (E'{"MA:\u00a0\u200b"}', '{"zones": ["pattern", "MA:Casablanca"]}', 'nor a city that can''t be seen'),
        ('{"MA:<b>x</b>"}', '{"zones": ["pattern", "MA:Casablanca"]}', 'nor HTML')
) as example (zones, fault, rule);
select is(
    tests.faults(format('update public.shipping_methods set zones = %L where name = ''Amana''', array_fill('MA'::text, array[1001]))),
    '{"zones": ["too_many", 1000]}',
    'nor more than a thousand places'
);
select is(
    tests.faults($$update public.shipping_methods set sort_order = null, is_active = null where name = 'Amana'$$),
    '{"sort_order": ["required"], "is_active": ["required"]}',
    'place and state are never null'
);
select is(
    tests.error_code($$update public.shipping_methods set price = null where name = 'Amana'$$),
    'invalid_input',
    'nor is the price'
);
select is(
    tests.error_code($$update public.shipping_methods set name = null where name = 'Amana'$$),
    'invalid_input',
    'nor the name'
);
select is(
    tests.error($$delete from public.shipping_methods where name = 'Standard'$$) - array['message', 'hint'],
    '{"code": "in_use", "details": "{\"orders\": 2}"}',
    'a method that orders were sent by is not deleted, and how many is said'
);
select is(
    tests.rows_of($$delete from public.shipping_methods where name = 'Amana' returning id$$),
    1::bigint,
    'an unused one is'
);

select tests.clear_authentication();
alter table public.shipping_methods disable trigger validate;
select throws_ok($$insert into public.shipping_methods (name, price) values ('Negative', -1)$$, '23514', null, 'a constraint has the last word on the price');
select throws_ok($$insert into public.shipping_methods (name, price, free_from) values ('Zero', 1, 0)$$, '23514', null, 'and on free_from');

select * from finish();
rollback;
