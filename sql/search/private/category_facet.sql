-- Categories of hits from {category id: hits in it}: how many each would leave, so with what stands below it.
create function private.category_facet(counts jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        with recursive rolled_up as (
            select categories.id, categories.parent_id, counted.value::bigint as hits
            from jsonb_each_text(counts) as counted
            inner join public.categories on categories.id = counted.key::uuid

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
        inner join public.categories on categories.id = summed.id
    );
end;
$$;
