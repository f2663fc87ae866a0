-- The category tree: its shape, its texts, and what a hidden category hides.
begin;
select plan(28);

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
        "slug": "must be lower-case letters, digits and single hyphens",
        "description": "contains control characters",
        "image_url": "must be an http(s) address or a path that begins with /",
        "translations.en.name": "contains HTML or script",
        "translations.en.title": "is not a known field",
        "translations.english": "is not a language code of two or three letters",
        "translations.ar": "must be an object",
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
    tests.error($$delete from public.categories where slug = 'home'$$) - 'message',
    '{"code": "in_use", "details": "{\"categories\": 1}", "hint": null}',
    'a category with others below it stays'
);
insert into public.products (sku, name, slug, price, category_id)
values ('POT', 'Pot', 'pot', 100, pg_temp.category('pots')), ('OLD-POT', 'Old pot', 'old-pot', 100, pg_temp.category('pots'));
update public.products set deleted_at = now() where sku = 'OLD-POT';
select is(
    tests.error_details($$delete from public.categories where slug = 'pots'$$),
    '{"products": 2}',
    'so does one with products, withdrawn ones too, and says how many'
);
select lives_ok(
    $$delete from public.categories where slug = 'the-cafe'$$,
    'one that nothing uses goes'
);
select is(
    tests.error($$insert into public.categories (name, slug, sort_order) values (E'\u200b ', '', 3000000000)$$) ->> 'hint',
    '{"name": ["required"], "slug": ["required"], "sort_order": ["above", 2147483647]}',
    'what is wrong comes as codes too'
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


-- What is hidden is a row that is kept.
create function pg_temp.hidden_slugs()
    returns text[]
    language sql
    as $$
    select coalesce(array_agg(categories.slug order by categories.slug), '{}')
    from public.categories
    where categories.id = any(private.hidden_category_ids());
$$;
select tests.clear_authentication();
update public.categories set is_active = false where slug = 'level-7';
select is(pg_temp.hidden_slugs(), '{level-7,level-8}'::text[], 'a category hides what is below it');
update public.categories set parent_id = pg_temp.category('level-7') where slug = 'pots';
select is(pg_temp.hidden_slugs(), '{level-7,level-8,pots}'::text[], 'what is put below it is hidden');
insert into public.categories (name, slug, is_active) values ('Closed', 'closed', false);
select is(pg_temp.hidden_slugs(), '{closed,level-7,level-8,pots}'::text[], 'so is a new one that is inactive');
delete from public.categories where slug = 'closed';
update public.categories set is_active = true where slug = 'level-7';
select is(pg_temp.hidden_slugs(), '{}'::text[], 'what is deleted or shown again is not');
select is(
    (select cardinality(ids) from private.hidden_category_list),
    0,
    'and leaves nothing behind'
);

select * from finish();
rollback;
