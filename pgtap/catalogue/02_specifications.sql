-- Category attributes: their definition, and their enforcement on products.
begin;
select plan(23);

select tests.create_user('admin@example.com', 'admin');
select tests.authenticate_as(tests.user_id('admin@example.com'));

insert into public.categories (name, slug) values ('Home', 'home'), ('Free', 'free');
insert into public.categories (name, slug, parent_id)
select 'Pots', 'pots', categories.id
from public.categories
where categories.slug = 'home';

create function pg_temp.category(slug text)
    returns uuid
    language sql
    as $$
    select categories.id from public.categories where categories.slug = category.slug;
$$;

insert into public.category_attributes (category_id, key, label, type, required, allowed_values)
values
    (pg_temp.category('home'), 'material', 'Material', 'text', false, null),
    (pg_temp.category('home'), 'handmade', 'Hand-made', 'boolean', false, null),
    (pg_temp.category('pots'), 'diameter', 'Diameter', 'number', true, null),
    (pg_temp.category('pots'), 'heat', 'Heat', 'enum', false, '{gas,induction}');

create function pg_temp.add(slug text, specifications jsonb, category text default 'pots')
    returns void
    language sql
    as $$
    insert into public.products (sku, name, slug, price, category_id, specifications)
    values (upper(add.slug), 'Pot', add.slug, 100, pg_temp.category(add.category), add.specifications);
$$;

-- Definitions.
select is(
    tests.error_details($$
        insert into public.category_attributes (category_id, key, label, type, unit, allowed_values)
        values (pg_temp.category('home'), 'Bad key', '<i>x</i>', 'colour', repeat('x', 30), '{a}')
    $$),
    '{
        "key": "must begin with a lower-case letter; then come letters, digits and _",
        "label": "contains HTML or script",
        "type": "must be one of: text, number, boolean, enum",
        "unit": "is too long (at most 20 characters)",
        "allowed_values": "only an enum has allowed values"
    }',
    'all faults of an attribute come in one answer'
);
select is(
    tests.error_details($$
        insert into public.category_attributes (category_id, key, label, type) values (pg_temp.category('home'), 'colour', 'Colour', 'enum')
    $$),
    '{"allowed_values": "an enum needs at least one allowed value"}',
    'an enum needs values'
);
select is(
    tests.error_details($$
        insert into public.category_attributes (category_id, key, label, type, allowed_values)
        values (pg_temp.category('home'), 'colour', 'Colour', 'enum', '{red,red}')
    $$),
    '{"allowed_values": "holds a value twice"}',
    'an enum''s values are distinct'
);
select is(
    tests.error_code($$
        insert into public.category_attributes (category_id, key, label, type) values (pg_temp.category('home'), 'material', 'Again', 'text')
    $$),
    '23505',
    'a category defines a key once'
);

-- Enforcement.
select lives_ok(
    $$select pg_temp.add('pot-1', '{"diameter": 26.5, "heat": "gas", "material": "clay", "handmade": true}')$$,
    'own and inherited attributes are accepted'
);
select is(
    tests.error_details($$
        select pg_temp.add('pot-2', '{"heat": "coal", "material": 7, "handmade": "yes", "weight": 1}')
    $$),
    '{
        "specifications.diameter": "is required",
        "specifications.heat": "must be one of: gas, induction",
        "specifications.material": "must be a text",
        "specifications.handmade": "must be true or false",
        "specifications.weight": "is not an attribute of this category"
    }',
    'all faults of specifications come in one answer'
);
select is(
    tests.error_details($$select pg_temp.add('pot-2', '{"diameter": "26", "heat": ["gas"], "material": "<b>clay</b>"}')$$),
    '{
        "specifications.diameter": "must be a number",
        "specifications.heat": "must be one of: gas, induction",
        "specifications.material": "contains HTML or script"
    }',
    'values have the attribute''s type and are plain text'
);
select is(
    tests.error_details($$select pg_temp.add('pot-2', '{"diameter": null}')$$),
    '{"specifications.diameter": "is required"}',
    'null is no value'
);
select is(
    tests.error_details($$select pg_temp.add('pot-2', '[1]')$$),
    '{"specifications": "must be an object"}',
    'specifications are an object'
);
select is(
    tests.error_details($$
        insert into public.products (sku, name, slug, price, category_id, specifications)
        values ('bad sku', '', 'POT', 0, pg_temp.category('pots'), '{"heat": 1}')
    $$),
    '{
        "sku": "must be letters and digits, with . _ / - between them",
        "name": "is required",
        "slug": "must be lower-case letters, digits and single hyphens",
        "price": "must be at least 0.01",
        "specifications.diameter": "is required",
        "specifications.heat": "must be one of: gas, induction"
    }',
    'faults of columns and of specifications come in one answer'
);
select lives_ok(
    $$select pg_temp.add('free-1', '{"anything": "goes", "size": 3, "new": false}', 'free')$$,
    'where a category has no attributes, specifications are free'
);
select is(
    tests.error_details($$select pg_temp.add('free-2', '{"nested": {"a": 1}, "list": [1], "text": "<p>"}', 'free')$$),
    '{
        "specifications.nested": "must be a text, a number, true or false",
        "specifications.list": "must be a text, a number, true or false",
        "specifications.text": "contains HTML or script"
    }',
    'but hold plain values only'
);
select is(
    tests.error_details($$update public.products set specifications = '{"diameter": "wide"}' where sku = 'POT-1'$$),
    '{"specifications.diameter": "must be a number"}',
    'an update is held to the attributes too'
);
select is(
    tests.error_details($$update public.products set category_id = pg_temp.category('pots') where sku = 'FREE-1'$$),
    '{
        "specifications.diameter": "is required",
        "specifications.anything": "is not an attribute of this category",
        "specifications.size": "is not an attribute of this category",
        "specifications.new": "is not an attribute of this category"
    }',
    'a product moves only to a category that its specifications fit'
);
select tests.authenticate_as_service();
select is(
    tests.error_code($$select pg_temp.add('pot-3', '{}')$$),
    'invalid_input',
    'the secret key is held to the attributes too'
);
select tests.authenticate_as(tests.user_id('admin@example.com'));

-- The nearest definition counts.
insert into public.category_attributes (category_id, key, label, type, allowed_values)
values (pg_temp.category('pots'), 'material', 'Material', 'enum', '{clay,iron}');
select is(
    tests.error_details($$select pg_temp.add('pot-4', '{"diameter": 1, "material": "wood"}')$$),
    '{"specifications.material": "must be one of: clay, iron"}',
    'a category''s own definition replaces the inherited one'
);

-- Changed definitions bind later writes only.
select lives_ok(
    $$
        insert into public.category_attributes (category_id, key, label, type, required)
        values (pg_temp.category('pots'), 'origin', 'Origin', 'text', true)
    $$,
    'a required attribute can be added while products lack it'
);
select lives_ok(
    $$update public.products set price = 110 where sku = 'POT-1'$$,
    'such a product can still get a new price'
);
select is(
    tests.error_details($$update public.products set specifications = '{"diameter": 26}' where sku = 'POT-1'$$),
    '{"specifications.origin": "is required"}',
    'but not new specifications without the attribute'
);
select lives_ok(
    $$update public.products set specifications = '{"diameter": 26, "origin": "Safi"}' where sku = 'POT-1'$$,
    'with it, it can'
);
select lives_ok(
    $$update public.categories set parent_id = null where slug = 'pots'$$,
    'a category with products can move in the tree'
);
select is(
    tests.error_details($$
        update public.products set specifications = '{"diameter": 26, "origin": "Safi", "handmade": true}' where sku = 'POT-1'
    $$),
    '{"specifications.handmade": "is not an attribute of this category"}',
    'its products then follow the attributes of its new place'
);
select lives_ok(
    $$update public.products set specifications = '{"diameter": 26, "origin": "Safi", "heat": null}' where sku = 'POT-1'$$,
    'null takes a specification away'
);

select * from finish();
rollback;
