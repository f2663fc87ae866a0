-- The keys by which products of each category can be filtered, with their types: the nearest definition of each counts.
create function private.filterable_attributes()
    returns table (category_id uuid, key text, type text)
    stable
    rows 500
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
begin
    return query
    with recursive ancestors as (
        select categories.id as category_id, categories.id, categories.parent_id, 0 as distance
        from public.categories

        union all

        select ancestors.category_id, categories.id, categories.parent_id, ancestors.distance + 1
        from public.categories
        inner join ancestors on categories.id = ancestors.parent_id
    )

    select nearest.category_id, nearest.key, nearest.type
    from (
        select distinct on (ancestors.category_id, category_attributes.key)
            ancestors.category_id,
            category_attributes.key,
            category_attributes.type,
            category_attributes.filterable
        from ancestors
        inner join public.category_attributes on category_attributes.category_id = ancestors.id
        order by ancestors.category_id, category_attributes.key, ancestors.distance
    ) as nearest
    where nearest.filterable;
end;
$$;
