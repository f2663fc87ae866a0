-- Each facet counts the products that match all filters but its own, so that its other values stay choosable. A product is
-- looked at once: `failed` names the filters it does not match.
create function private.product_facets(
    q text,
    category_slug text,
    brand text,
    min_price numeric,
    max_price numeric,
    in_stock boolean,
    specifications jsonb
)
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    hits text;
    failed text;
    facets jsonb;
begin
    perform private.raise_invalid(
        private.search_faults(q, category_slug, brand, min_price, max_price, specifications)
    );

    hits := private.text_hits(q);
    select string_agg(format('case when %s then null else %L end', filter.condition, filter.facet), ', ')
    into failed
    from (
        select 'category' as facet, private.category_condition(category_slug) as condition
        union all
        select 'brand', private.brand_condition(brand)
        union all
        select 'price', private.price_condition(min_price, max_price)
        union all
        select 'specification ' || wanted.key, private.specification_condition(wanted.key, wanted.value)
        from jsonb_each(case when jsonb_typeof(specifications) = 'object' then specifications else '{}' end) as wanted
    ) as filter
    where filter.condition is not null;

    execute format(
        $sql$
            with candidates as materialized (
                select
                    product.category_id,
                    product.brand,
                    product.price,
                    product.specifications,
                    array_remove(array[%1$s]::text[], null) as failed
                from public.products as product
                %2$s
                where %3$s
            ),

            filterable as (
                select distinct category_attributes.key
                from public.category_attributes
                where category_attributes.filterable
            ),

            values_of_keys as (
                select specification.key, specification.value, count(*) as count
                from candidates
                cross join lateral jsonb_each(candidates.specifications) as specification
                where specification.key in (select filterable.key from filterable)
                    and candidates.failed <@ array['specification ' || specification.key]
                group by specification.key, specification.value
            )

            select jsonb_build_object(
                'total', (select count(*) from candidates where candidates.failed = '{}'),
                'categories', coalesce((
                    select jsonb_agg(
                        jsonb_build_object('id', categories.id, 'slug', categories.slug, 'name', categories.name, 'count', counted.count)
                        order by counted.count desc, categories.name
                    )
                    from (
                        select candidates.category_id, count(*) as count
                        from candidates
                        where candidates.failed <@ array['category']
                        group by candidates.category_id
                    ) as counted
                    inner join public.categories on categories.id = counted.category_id
                ), '[]'),
                'brands', coalesce((
                    select jsonb_agg(jsonb_build_object('value', counted.brand, 'count', counted.count) order by counted.count desc, counted.brand)
                    from (
                        select candidates.brand, count(*) as count
                        from candidates
                        where candidates.failed <@ array['brand'] and candidates.brand is not null
                        group by candidates.brand
                        order by count(*) desc, candidates.brand
                        limit 100
                    ) as counted
                ), '[]'),
                'price', (
                    select jsonb_build_object('min', min(candidates.price), 'max', max(candidates.price))
                    from candidates
                    where candidates.failed <@ array['price']
                ),
                'specifications', coalesce((
                    select jsonb_object_agg(by_key.key, by_key.choices)
                    from (
                        select
                            ranked.key,
                            jsonb_agg(
                                jsonb_build_object('value', ranked.value, 'count', ranked.count)
                                order by ranked.count desc, ranked.value
                            ) as choices
                        from (
                            select values_of_keys.*, row_number() over (
                                partition by values_of_keys.key
                                order by values_of_keys.count desc, values_of_keys.value
                            ) as place
                            from values_of_keys
                        ) as ranked
                        where ranked.place <= 100
                        group by ranked.key
                    ) as by_key
                ), '{}')
            )
        $sql$,
        coalesce(failed, 'null'),
        'inner join (' || hits || ') as hits on hits.id = product.id',
        concat_ws(' and ', private.listed_condition(), private.in_stock_condition(in_stock))
    )
    into facets;
    return facets;
end;
$$;
grant execute on function private.product_facets to anon, authenticated, service_role;
