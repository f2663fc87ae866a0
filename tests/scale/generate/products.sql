-- Of twenty numbers one is a product in three sizes: 0 the product, 1 to 3 its variants, with its texts.
create temporary table generated_products as
select
    own.number,
    pg_temp.id_of('product', own.number) as id,
    case when own.number % 20 between 1 and 3 then pg_temp.id_of('product', own.base) end as parent_id,
    own.number % 20 = 0 and own.number < :products + 19 as has_variants,
    own.base,
    leaves.id as category_id,
    leaves.leaf,
    own.number % 20 not between 0 and 3 and pg_temp.below(own.number, 1, 100) < 3 as is_inactive,
    own.number % 20 not between 0 and 3 and pg_temp.below(own.number, 2, 100) < 1 as is_deleted
from (
    select number, case when number % 20 between 1 and 3 then number - number % 20 else number end as base
    from generate_series(20, :products + 19) as number
) as own
cross join (
    select count(*)::integer as count
    from generated_categories
    where generated_categories.is_leaf
) as leaf_count
inner join generated_categories as leaves
    on leaves.is_leaf and leaves.leaf = pg_temp.below(own.base, 3, leaf_count.count);

insert into public.products (
    id, parent_id, category_id, sku, name, slug, short_description, description, brand, price, compare_at_price,
    currency, tax_rate, options, specifications, weight, is_featured, is_active, translations, deleted_at, created_at,
    updated_at
)
select
    generated.id,
    generated.parent_id,
    generated.category_id,
    'REF-' || lpad((generated.number - 19)::text, 7, '0'),
    nouns.fr || ' en ' || materials.fr || ' ' || colours.fr || ' de ' || origins.fr,
    'article-' || generated.number - 19,
    nouns.fr || ' ' || colours.fr || ' travaillé à la main à ' || origins.fr || ' par ' || brands.name || '.',
    '## ' || nouns.plural || ' de ' || origins.fr || e'\n\n'
    || 'Chaque pièce en ' || materials.fr || ' est unique. Livraison partout au Maroc, retour sous quatorze jours. '
    || (array[
        'Entretien facile à l''eau tiède.', 'À protéger de l''humidité.', 'Convient à un usage quotidien.',
        'Une idée de cadeau pour les fêtes.', 'Certifié par la coopérative.', 'Finition brossée et vernis naturel.'
    ])[1 + pg_temp.below(generated.base, 4, 6)],
    brands.name,
    own.price,
    case when pg_temp.below(generated.base, 5, 10) = 0 then round(own.price * 1.25, 2) + 1 end,
    shop.currency,
    case pg_temp.below(generated.base, 6, 10) when 0 then 7.00 when 1 then 10.00 else 20.00 end,
    case
        when generated.parent_id is not null
            then jsonb_build_object('taille', (array['S', 'M', 'L'])[generated.number % 20])
    end,
    jsonb_build_object(
        'matiere', materials.fr,
        'couleur', colours.fr,
        'hauteur', 5 + pg_temp.below(generated.base, 7, 96),
        'fait_main', pg_temp.below(generated.base, 8, 2) = 0
    ),
    round((0.1 + pg_temp.share(generated.base, 9) * 8)::numeric, 2),
    generated.parent_id is null and pg_temp.below(generated.number, 10, 200) = 0,
    not generated.is_inactive,
    jsonb_build_object(
        'ar', jsonb_build_object('name', nouns.ar || ' ' || materials.ar || ' ' || colours.ar || ' ' || origins.ar),
        'en', jsonb_build_object('name', colours.en || ' ' || materials.en || ' ' || nouns.en || ' from ' || origins.fr)
    ),
    case when generated.is_deleted then now() end,
    own.created_at,
    own.created_at
from generated_products as generated
inner join nouns on nouns.id = generated.leaf % 40
inner join origins on origins.id = generated.leaf / 40 % 15
inner join materials on materials.id = pg_temp.below(generated.base, 11, 12)
inner join colours on colours.id = pg_temp.below(generated.base, 12, 10)
inner join brands on brands.id = pg_temp.below(generated.base, 13, 200)
cross join shop
cross join lateral (
    select
        round((15 + 3000 * pg_temp.share(generated.base, 14) ^ 4)::numeric, 0) - 0.10 as price,
        pg_temp.moment(pg_temp.share(generated.base, 15)) - interval '30 days' as created_at
) as own;

insert into public.product_images (product_id, url, alt, is_primary, is_on_show, width, height)
select
    generated.id,
    'https://images.example.com/' || generated.number || '.webp',
    'Le produit, de face',
    true,
    not exists (select from private.hidden_products as hidden where hidden.product_id = generated.id),
    1200,
    1200
from generated_products as generated
where generated.parent_id is null;

insert into public.product_costs (product_id, cost_price)
select products.id, round(products.price * 0.6, 2)
from public.products
inner join generated_products as generated on generated.id = products.id
where not generated.has_variants;

analyze public.products;

-- What can be ordered.
create temporary table goods as
select
    row_number() over (order by md5(generated.number::text)) - 1 as place,
    sold.id,
    sold.sku,
    sold.name,
    sold.options,
    sold.price,
    sold.tax_rate
from generated_products as generated
inner join private.sellable_products as sold on sold.id = generated.id;
create unique index goods_place_idx on goods (place);
analyze goods;
