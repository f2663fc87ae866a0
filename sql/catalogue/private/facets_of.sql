-- Facets of the hits of a source (see private.search_source): those of `parts`, read in one pass.
create function private.facets_of(source text, parts text[])
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    total constant text := $sql$(select count(*) from hits)$sql$;
    categories constant text := $sql$private.category_facet((
        select jsonb_object_agg(counted.category_id, counted.hits)
        from (
            select hits.category_id, count(*) as hits
            from hits
            where hits.category_id is not null
            group by hits.category_id
        ) as counted
    ))$sql$;
    -- The 100 with most; spellings that search takes for the same are one.
    brands constant text := $sql$(
        select coalesce(
            jsonb_agg(jsonb_build_object('value', named.value, 'count', named.hits) order by named.hits desc, named.value),
            '[]'
        )
        from (
            select min(spelled.brand) as value, sum(spelled.hits) as hits
            from (
                select hits.brand, count(*) as hits
                from hits
                where btrim(hits.brand) <> ''
                group by hits.brand
            ) as spelled
            group by private.normalise(spelled.brand)
            order by 2 desc, 1
            limit 100
        ) as named
    )$sql$;
    price constant text := $sql$(
        select jsonb_build_object('min', min(priced.price), 'max', max(priced.price))
        from (
            select hits.price
            from hits

            union all

            select variants.price
            from hits
            inner join public.products as variants on variants.parent_id = hits.id
            where variants.is_active and variants.deleted_at is null
        ) as priced
    )$sql$;
    -- By the filterable attributes of each hit's category, 100 values of a key. A hit counts for its own value, and for
    -- others that its variants have.
    specifications constant text := $sql$(
        with filterable as materialized (
            select attributes.category_id, attributes.key
            from private.filterable_attributes() as attributes
        ),

        counted as (
            select specification.key, specification.value, count(*) as hits
            from hits
            cross join lateral jsonb_each(hits.specifications) as specification
            inner join filterable on filterable.category_id = hits.category_id and filterable.key = specification.key
            group by 1, 2

            union all

            select specification.key, specification.value, count(distinct hits.id) as hits
            from hits
            inner join public.products as variants on variants.parent_id = hits.id
            cross join lateral jsonb_each(variants.specifications) as specification
            inner join filterable on filterable.category_id = variants.category_id and filterable.key = specification.key
            where variants.is_active
                and variants.deleted_at is null
                and variants.specifications <> hits.specifications
                and hits.specifications -> specification.key is distinct from specification.value
            group by 1, 2
        ),

        summed as (
            select
                counted.key,
                counted.value,
                sum(counted.hits) as hits,
                row_number() over (partition by counted.key order by sum(counted.hits) desc, counted.value) as position
            from counted
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
        ) as by_key
    )$sql$;
    facets jsonb;
begin
    execute format(
        'with hits as materialized (select hit.id, hit.category_id, hit.brand, hit.price, hit.specifications %s)
        select jsonb_strip_nulls(jsonb_build_object(
            ''total'', %s, ''categories'', %s, ''brands'', %s, ''specifications'', %s
        )) || jsonb_build_object(''price'', %s)',
        facets_of.source,
        case when 'total' = any(facets_of.parts) then total else 'null' end,
        case when 'categories' = any(facets_of.parts) then categories else 'null' end,
        case when 'brands' = any(facets_of.parts) then brands else 'null' end,
        case when 'specifications' = any(facets_of.parts) then specifications else 'null' end,
        case when 'price' = any(facets_of.parts) then price else 'null' end
    )
    into facets;
    return facets;
end;
$$;
