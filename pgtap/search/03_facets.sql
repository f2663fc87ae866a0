-- What a search can be narrowed down by.
begin;
select plan(22);

select tests.create_search_shop();
select tests.authenticate_as_anon();

create function pg_temp.counts(entries jsonb, key text default 'value')
    returns jsonb
    language sql
    as $$
    select jsonb_object_agg(entry ->> counts.key, entry -> 'count')
    from jsonb_array_elements(counts.entries) as entry;
$$;

select is(
    (select array_agg(key order by key) from jsonb_object_keys(public.product_facets()) as key),
    array['brands', 'categories', 'price', 'specifications', 'total'],
    'facets are total, categories, brands, price and specifications'
);
select is((public.product_facets() ->> 'total')::integer, 7, 'total counts products on show, variants as one');
select is(
    public.product_facets() -> 'price',
    '{"min": 79.00, "max": 2490.00}',
    'price is from the cheapest to the dearest'
);
select is(
    public.product_facets('babouches') -> 'price',
    '{"min": 240.00, "max": 290.00}',
    'variants included'
);
select is(
    pg_temp.counts(public.product_facets() -> 'categories', 'slug'),
    '{"maison": 5, "cuisine": 5, "tajines": 3, "electronique": 2}',
    'a category counts what choosing it would leave'
);
select is(
    (public.product_facets('fonte') -> 'categories' -> 0) - 'id',
    '{"slug": "cuisine", "name": "Cuisine", "count": 1}',
    'a category has id, slug, name and count'
);
select is(
    public.product_facets('fonte') -> 'brands',
    '[{"value": "Atlas", "count": 1}]',
    'a brand has value and count'
);
select is(
    pg_temp.counts(public.product_facets() -> 'brands'),
    '{"Atlas": 2, "Chouara": 1, "Poterie de Safi": 2, "Tajine Mobile": 1}',
    'brands of all hits'
);
select is(
    public.product_facets(category_slug => 'tajines') -> 'specifications',
    '{
        "matiere": [{"value": "terre cuite", "count": 2}, {"value": "fonte", "count": 1}],
        "diametre": [{"value": 26, "count": 1}, {"value": 28, "count": 1}, {"value": 32, "count": 1}],
        "feu": [{"value": "gaz", "count": 2}, {"value": "induction", "count": 1}],
        "fait_main": [{"value": true, "count": 2}]
    }',
    'specifications are those of filterable attributes, in their type, most frequent first'
);
select is(
    public.product_facets(category_slug => 'electronique') -> 'specifications',
    '{}',
    'free specifications are no facets'
);

-- A facet's own filter.
select is(
    pg_temp.counts(public.product_facets(brand => 'atlas') -> 'brands'),
    '{"Atlas": 2, "Chouara": 1, "Poterie de Safi": 2, "Tajine Mobile": 1}',
    'brands leave the chosen brand aside'
);
select is(
    (public.product_facets(brand => 'atlas') ->> 'total')::integer,
    2,
    'total does not'
);
select is(
    public.product_facets(min_price => 200, max_price => 300, category_slug => 'maison') -> 'price',
    '{"min": 79.00, "max": 549.00}',
    'price leaves the price filter aside'
);
select is(
    pg_temp.counts(public.product_facets(category_slug => 'tajines', specifications => '{"feu": "gaz"}') -> 'specifications' -> 'feu'),
    '{"gaz": 2, "induction": 1}',
    'a specification leaves its own filter aside'
);
select is(
    pg_temp.counts(public.product_facets(category_slug => 'tajines', specifications => '{"feu": "gaz"}') -> 'specifications' -> 'matiere'),
    '{"terre cuite": 2}',
    'but not those of others'
);
select is(
    pg_temp.counts(public.product_facets('tajine', category_slug => 'maison') -> 'categories', 'slug'),
    '{"maison": 3, "cuisine": 3, "tajines": 2}',
    'categories are those of the hits'
);

-- Agreement with search.
select is(
    (public.product_facets('tajine', in_stock => true) ->> 'total')::bigint,
    (select count(*) from public.search_products('tajine', in_stock => true)),
    'total is what search finds'
);
select is(
    public.product_facets('xyzzyx'),
    '{"total": 0, "categories": [], "brands": [], "price": {"min": null, "max": null}, "specifications": {}}',
    'nothing found has empty facets'
);
select is(
    tests.error_code($$select public.product_facets(min_price => -1)$$),
    'invalid_input',
    'bad input is refused as in search'
);
select tests.clear_authentication();
insert into public.products (sku, slug, name, category_id, price, specifications)
select 'SAC-001', 'sac-001', 'Sac', categories.id, 500, '{"matiere": "cuir"}'
from public.categories
where categories.slug = 'maison';
insert into public.products (parent_id, sku, slug, price, options, specifications)
select tests.product('SAC-001'), variant.sku, lower(variant.sku), 500, variant.options::jsonb, variant.specifications::jsonb
from (
    values
        ('SAC-001-S', '{"taille": "S"}', '{}'),
        ('SAC-001-M', '{"taille": "M"}', '{"matiere": "daim"}'),
        ('SAC-001-L', '{"taille": "L"}', '{"matiere": "daim"}')
) as variant (sku, options, specifications);
select is(
    pg_temp.counts(public.product_facets('sac') -> 'specifications' -> 'matiere'),
    '{"cuir": 1, "daim": 1}',
    'a product counts for its own value and once for each other value of its variants'
);

insert into public.products (sku, slug, name, category_id, price, specifications)
select given.sku, lower(given.sku), 'Bouilloire', categories.id, 300, given.specifications::jsonb
from (
    values
        ('BOU-001', '{"puissance": 900, "sans_fil": "true"}'),
        ('BOU-002', '{"puissance": "900", "sans_fil": true}'),
        ('BOU-003', '{"puissance": 900.0}'),
        ('BOU-004', '{"puissance": "forte"}')
) as given (sku, specifications)
inner join public.categories on categories.slug = 'electronique';
insert into public.category_attributes (category_id, key, label, type)
select categories.id, attribute.key, attribute.key, attribute.type
from (
    values ('puissance', 'number'), ('sans_fil', 'boolean')
) as attribute (key, type)
inner join public.categories on categories.slug = 'electronique';
select is(
    public.product_facets('bouilloire') -> 'specifications',
    '{
        "puissance": [{"value": 900, "count": 3}, {"value": "forte", "count": 1}],
        "sans_fil": [{"value": true, "count": 2}]
    }',
    'values from before their attribute count as what it says they are, where they can be that'
);
select is(
    (select count(*) from public.search_products('bouilloire', specifications => '{"puissance": 900}')),
    3::bigint,
    'as search finds them'
);

select * from finish();
rollback;
