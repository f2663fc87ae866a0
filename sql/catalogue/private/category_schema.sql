-- The attributes of a category's products: its own and inherited ones, the nearest definition of a key.
create function private.category_schema(category_id uuid)
    returns setof public.category_attributes
    stable
    rows 20
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
begin
    return query
    with recursive ancestors as (
        select categories.id, categories.parent_id, 0 as distance
        from public.categories
        where categories.id = category_schema.category_id

        union all

        select categories.id, categories.parent_id, ancestors.distance + 1
        from public.categories
        inner join ancestors on categories.id = ancestors.parent_id
    )

    select distinct on (category_attributes.key) category_attributes.*
    from ancestors
    inner join public.category_attributes on category_attributes.category_id = ancestors.id
    order by category_attributes.key, ancestors.distance;
end;
$$;
