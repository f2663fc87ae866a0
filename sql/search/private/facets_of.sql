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
            select min(hits.brand) as value, count(*) as hits
            from hits
            where hits.normal_brand <> ''
            group by hits.normal_brand
            order by 2 desc, 1
            limit 100
        ) as named
    )$sql$;
    price constant text := $sql$(
        select jsonb_build_object('min', min(hits.lowest_price), 'max', max(hits.highest_price))
        from hits
    )$sql$;
    -- By the filterable attributes of each hit's category, 100 values of a key. A hit counts for its own value, and for
    -- others that its variants have. Values are compared as text, as search does, which takes a fraction of the time that
    -- comparing JSON takes; few are left to be turned into what their attribute says.
    specifications constant text := $sql$(
        with filterable as materialized (
            select attributes.category_id, attributes.key, attributes.type
            from private.filterable_attributes() as attributes
        ),

        spelled as materialized (
            select filterable.key, filterable.type, hits.specifications ->> filterable.key as value, count(*) as hits
            from hits
            inner join filterable on filterable.category_id = hits.category_id
            group by 1, 2, 3

            union all

            select
                filterable.key,
                filterable.type,
                variants.specifications ->> filterable.key as value,
                count(distinct variants.product_id) as hits
            from variants
            inner join filterable on filterable.category_id = variants.category_id
            where variants.product_specifications ->> filterable.key
                    is distinct from variants.specifications ->> filterable.key
            group by 1, 2, 3
        ),

        counted as (
            select
                spelled.key,
                case
                    when spelled.type = 'number' and spelled.value ~ '^-?(0|[1-9][0-9]*)(\.[0-9]+)?$' then spelled.value::jsonb
                    when spelled.type = 'boolean' and spelled.value in ('true', 'false') then spelled.value::jsonb
                    else to_jsonb(spelled.value)
                end as value,
                spelled.hits
            from spelled
            where spelled.value is not null
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
    -- A CTE that no part reads is not run.
    execute format(
        'with hits as materialized (
            select
                hit.product_id, hit.category_id, hit.brand, hit.normal_brand, hit.price, hit.lowest_price, hit.highest_price,
                hit.specifications
            from (%s) as hit
        ),

        variants as materialized (
            select
                hits.product_id,
                hits.specifications as product_specifications,
                entries.category_id,
                entries.specifications
            from hits
            inner join private.search_entries as entries on entries.parent_id = hits.product_id
            -- Only what is sold as one of its variants has no price of its own.
            where hits.price is null and entries.is_on_sale and entries.specifications <> hits.specifications
        )

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
