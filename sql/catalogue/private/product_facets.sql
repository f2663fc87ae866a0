-- The hits of a search, by id.
create function private.search_hits(
    q text,
    category_slug text,
    brand text,
    min_price numeric,
    max_price numeric,
    in_stock boolean,
    specifications jsonb
)
    returns uuid[]
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    hits uuid[];
begin
    execute 'select array_agg(hit.id) ' || private.search_source(q, category_slug, brand, min_price, max_price, in_stock, specifications)
    into hits;
    return coalesce(hits, '{}');
end;
$$;

-- Categories of hits: how many each would leave, so with what stands below it.
create function private.category_facet(hits uuid[])
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    with recursive counted as (
        select products.category_id as id, count(*) as hits
        from public.products
        where products.id = any(hits) and products.category_id is not null
        group by 1
    ),

    rolled_up as (
        select categories.id, categories.parent_id, counted.hits
        from counted
        inner join public.categories on categories.id = counted.id

        union all

        select categories.id, categories.parent_id, rolled_up.hits
        from rolled_up
        inner join public.categories on categories.id = rolled_up.parent_id
    )

    select coalesce(
        jsonb_agg(
            jsonb_build_object(
                'id', categories.id,
                'slug', categories.slug,
                'name', private.localise(categories.translations, 'name', categories.name),
                'count', summed.hits
            )
            order by summed.hits desc, categories.sort_order, categories.slug
        ),
        '[]'
    )
    from (
        select rolled_up.id, sum(rolled_up.hits) as hits
        from rolled_up
        group by rolled_up.id
    ) as summed
    inner join public.categories on categories.id = summed.id;
$$;

-- Brands of hits, the 100 with most; spellings that search takes for the same are one.
create function private.brand_facet(hits uuid[])
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    select coalesce(
        jsonb_agg(jsonb_build_object('value', brands.value, 'count', brands.hits) order by brands.hits desc, brands.value),
        '[]'
    )
    from (
        select min(spelled.brand) as value, sum(spelled.hits) as hits
        from (
            select products.brand, count(*) as hits
            from public.products
            where products.id = any(hits) and btrim(products.brand) <> ''
            group by products.brand
        ) as spelled
        group by private.normalise(spelled.brand)
        order by 2 desc, 1
        limit 100
    ) as brands;
$$;

create function private.price_facet(hits uuid[])
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    select jsonb_build_object('min', min(priced.price), 'max', max(priced.price))
    from (
        select products.price
        from public.products
        where products.id = any(hits)

        union all

        select variants.price
        from public.products as variants
        where variants.parent_id = any(hits) and variants.is_active and variants.deleted_at is null
    ) as priced;
$$;

-- Specifications of hits by the filterable attributes of their categories: for each key at most 100 values. A hit counts
-- for its own value, and for others that its variants have.
create function private.specification_facet(hits uuid[])
    returns jsonb
    stable
    set search_path = ''
    language sql
    as $$
    with filterable as materialized (
        select attributes.category_id, attributes.key
        from private.filterable_attributes() as attributes
    ),

    own as (
        select specification.key, specification.value, count(*) as hits
        from public.products
        cross join lateral jsonb_each(products.specifications) as specification
        inner join filterable on filterable.category_id = products.category_id and filterable.key = specification.key
        where products.id = any(hits)
        group by 1, 2
    ),

    of_variants as (
        select specification.key, specification.value, count(distinct variants.parent_id) as hits
        from public.products as variants
        inner join public.products as parents on parents.id = variants.parent_id
        cross join lateral jsonb_each(variants.specifications) as specification
        inner join filterable on filterable.category_id = variants.category_id and filterable.key = specification.key
        where variants.parent_id = any(hits)
            and variants.is_active
            and variants.deleted_at is null
            and parents.specifications -> specification.key is distinct from specification.value
        group by 1, 2
    ),

    summed as (
        select
            counted.key,
            counted.value,
            sum(counted.hits) as hits,
            row_number() over (partition by counted.key order by sum(counted.hits) desc, counted.value) as position
        from (
            select *
            from own

            union all

            select *
            from of_variants
        ) as counted
        group by counted.key, counted.value
    )

    select coalesce(jsonb_object_agg(by_key.key, by_key.entries), '{}')
    from (
        select
            summed.key,
            jsonb_agg(jsonb_build_object('value', summed.value, 'count', summed.hits) order by summed.position) as entries
        from summed
        where summed.position <= 100
        group by summed.key
    ) as by_key;
$$;

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
    -- Filters make plans look dearer than they are; compiling them takes longer than running them.
    set jit = off
    language plpgsql
    as $$
#variable_conflict use_variable
declare
    hits uuid[];
    others uuid[];
    specification_facets jsonb;
    filter_key text;
begin
    perform private.raise_invalid(private.search_faults(q, category_slug, brand, min_price, max_price, specifications));

    hits := private.search_hits(q, category_slug, brand, min_price, max_price, in_stock, specifications);
    specification_facets := private.specification_facet(hits);

    for filter_key in
        select jsonb_object_keys(specifications)
    loop
        others := private.search_hits(q, category_slug, brand, min_price, max_price, in_stock, specifications - filter_key);
        specification_facets := (specification_facets - filter_key) || coalesce(
            (
                select jsonb_object_agg(facet.key, facet.value)
                from jsonb_each(private.specification_facet(others)) as facet
                where facet.key = filter_key
            ),
            '{}'
        );
    end loop;

    return jsonb_build_object(
        'total', cardinality(hits),
        'categories', private.category_facet(hits),
        'brands', private.brand_facet(
            case
                when brand is null then hits
                else private.search_hits(q, category_slug, null, min_price, max_price, in_stock, specifications)
            end
        ),
        'price', private.price_facet(
            case
                when min_price is null and max_price is null then hits
                else private.search_hits(q, category_slug, brand, null, null, in_stock, specifications)
            end
        ),
        'specifications', specification_facets
    );
end;
$$;
grant execute on function private.product_facets to anon, authenticated, service_role;
