-- Three levels: one in fifty at the top, one in six in the middle, products in those at the bottom.
create temporary table generated_categories as
select
    number,
    pg_temp.id_of('category', number) as id,
    case
        when number <= sizes.top then null
        when number <= sizes.top + sizes.middle then 1 + (number - sizes.top - 1) % sizes.top
        else sizes.top + 1 + (number - sizes.top - sizes.middle - 1) % sizes.middle
    end as parent_number,
    number > sizes.top + sizes.middle as is_leaf,
    number - sizes.top - sizes.middle - 1 as leaf
from (
    select greatest(:categories / 50, 1) as top, greatest(:categories / 6, 1) as middle
) as sizes
cross join generate_series(1, greatest(:categories, sizes.top + sizes.middle + 1)) as number;

insert into public.categories (id, parent_id, name, slug, description, sort_order, is_active, translations)
select
    generated.id,
    pg_temp.id_of('category', generated.parent_number),
    case
        when generated.parent_number is null then 'Univers ' || brands.name
        when not generated.is_leaf then 'Rayon ' || brands.name
        else nouns.plural || ' de ' || origins.fr
    end,
    'rayon-' || generated.number,
    'Choisis chez les artisans de ' || origins.fr || '.',
    generated.number,
    -- A few are closed, so that hidden categories have a cost.
    not (generated.is_leaf and generated.number % 97 = 0),
    case
        when generated.is_leaf
            then jsonb_build_object('en', jsonb_build_object('name', nouns.en), 'ar', jsonb_build_object('name', nouns.ar))
        else '{}'
    end
from generated_categories as generated
inner join nouns on nouns.id = abs(generated.leaf) % 40
inner join origins on origins.id = abs(generated.leaf) / 40 % 15
inner join brands on brands.id = generated.number % 200;

insert into public.category_attributes (category_id, key, label, type, unit, allowed_values)
select generated.id, attribute.key, attribute.label, attribute.type, attribute.unit, attribute.allowed_values
from generated_categories as generated
cross join (
    values
        ('matiere', 'Matière', 'enum', null, (select array_agg(materials.fr) from materials)),
        ('couleur', 'Couleur', 'enum', null, (select array_agg(colours.fr) from colours)),
        ('hauteur', 'Hauteur', 'number', 'cm', null),
        ('fait_main', 'Fait main', 'boolean', null, null)
) as attribute (key, label, type, unit, allowed_values)
where generated.parent_number is null;
