-- The category tree: its shape, its texts, and what a hidden category hides.
begin;
select plan(20);

select tests.create_user('admin@example.com', 'admin');
select tests.authenticate_as(tests.user_id('admin@example.com'));

insert into public.categories (name, slug) values ('Home', 'home');
insert into public.categories (name, slug, parent_id)
select 'Kitchen', 'kitchen', categories.id
from public.categories
where categories.slug = 'home';
insert into public.categories (name, slug, parent_id)
select 'Pots', 'pots', categories.id
from public.categories
where categories.slug = 'kitchen';

create function pg_temp.category(slug text)
    returns uuid
    language sql
    as $$
    select categories.id from public.categories where categories.slug = category.slug;
$$;

-- The tree.
select is(
    tests.error_details($$update public.categories set parent_id = pg_temp.category('pots') where slug = 'home'$$),
    '{"parent_id": "would put the category below itself"}',
    'a category cannot be put below one that is below it'
);
select is(
    tests.error_details($$update public.categories set parent_id = id where slug = 'home'$$),
    '{"parent_id": "would put the category below itself"}',
    'a category cannot be its own parent'
);
select is(
    tests.error_details($$
        insert into public.categories (id, parent_id, name, slug)
        values
            ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-00000000000b', 'A', 'a'),
            ('00000000-0000-4000-8000-00000000000b', '00000000-0000-4000-8000-00000000000a', 'B', 'b')
    $$),
    '{"parent_id": "is not a category"}',
    'two categories cannot come as a circle'
);
select is(
    tests.error_details($$update public.categories set parent_id = gen_random_uuid() where slug = 'pots'$$),
    '{"parent_id": "is not a category"}',
    'a parent must exist'
);
select lives_ok(
    $$update public.categories set parent_id = pg_temp.category('home') where slug = 'pots'$$,
    'a category can move within the tree'
);
select lives_ok(
    $$update public.categories set parent_id = null where slug = 'pots'$$,
    'a category can become a root'
);
select is(
    (select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid() and granted),
    1::bigint,
    'places in the tree change one at a time'
);

-- Eight levels and no more: a chain of eight, then a ninth, then a branch of two under the seventh.
do $$
declare
    above uuid;
begin
    for level in 1..8 loop
        insert into public.categories (name, slug, parent_id)
        values ('Level ' || level, 'level-' || level, above)
        returning id
        into above;
    end loop;
end;
$$;
select is(
    tests.error_details($$insert into public.categories (name, slug, parent_id) values ('Level 9', 'level-9', pg_temp.category('level-8'))$$),
    '{"parent_id": "would make the tree deeper than 8 levels"}',
    'the tree has at most 8 levels'
);
select is(
    tests.error_details($$update public.categories set parent_id = pg_temp.category('level-7') where slug = 'home'$$),
    '{"parent_id": "would make the tree deeper than 8 levels"}',
    'a branch cannot move to where it would not fit'
);

-- Texts.
select is(
    tests.error_details($$
        insert into public.categories (name, slug, description, image_url, translations)
        values (
            '<b>Home</b>', 'Ho me', E'a\u0007b', 'javascript:alert(1)',
            '{"en": {"name": "<script>", "title": "x"}, "english": {}, "ar": "x", "fr": {"name": 1}}'
        )
    $$),
    '{
        "name": "contains HTML or script",
        "slug": "must be lower-case letters, digits and single hyphens (at most 100)",
        "description": "contains control characters",
        "image_url": "contains HTML or script",
        "translations.en.name": "contains HTML or script",
        "translations.en.title": "is not translated; known are name, description",
        "translations.english": "is not a language code of two or three letters",
        "translations.ar": "must be an object of texts",
        "translations.fr.name": "must be a text"
    }',
    'all faults of a category come in one answer'
);
select lives_ok(
    $$
        insert into public.categories (name, slug, description, translations)
        values ('Thé & café < 3', 'the-cafe', E'L''heure du thé\n☕', '{"ar": {"name": "شاي وقهوة"}}')
    $$,
    'accents, Arabic, emoji, apostrophes and a lone < are text'
);
select is(
    tests.error_code($$insert into public.categories (name, slug) values ('Home again', 'home')$$),
    '23505',
    'two categories cannot share a slug'
);
select is(
    tests.error_code($$delete from public.categories where slug = 'home'$$),
    '23503',
    'a category with others below it stays'
);

-- Visibility. Home > Kitchen, with a product in Kitchen.
insert into public.products (sku, name, slug, price, category_id)
values ('PAN', 'Pan', 'pan', 100, pg_temp.category('kitchen'));
insert into public.category_attributes (category_id, key, label, type)
values (pg_temp.category('kitchen'), 'size', 'Size', 'number');
update public.categories set is_active = false where slug = 'home';

select tests.authenticate_as_anon();
select is_empty(
    $$select 1 from public.categories where slug = 'home'$$,
    'an inactive category is hidden'
);
select is_empty(
    $$select 1 from public.categories where slug = 'kitchen'$$,
    'what stands below an inactive category is hidden'
);
select is_empty(
    $$select 1 from public.products where sku = 'PAN'$$,
    'products below an inactive category are hidden'
);
select is_empty(
    $$select 1 from public.category_attributes where key = 'size'$$,
    'attributes of a hidden category are hidden'
);
select tests.authenticate_as(tests.user_id('admin@example.com'));
select isnt_empty(
    $$select 1 from public.products where sku = 'PAN'$$,
    'admins see products of hidden categories'
);
update public.categories set is_active = true where slug = 'home';
select tests.authenticate_as_anon();
select isnt_empty(
    $$select 1 from public.products where sku = 'PAN'$$,
    'an activated category shows its products again'
);
select isnt_empty(
    $$select 1 from public.category_attributes where key = 'size'$$,
    'and its attributes'
);

select * from finish();
rollback;
