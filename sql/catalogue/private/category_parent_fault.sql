-- What is wrong with the place of a category in the tree; null when nothing is. Places change one at a time
-- (private.lock_catalogue), or two moves that are fine alone could close a circle.
create function private.category_parent_fault(category_id uuid, parent_id uuid)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    max_depth constant integer := 8;
    above uuid[];
    levels_below integer;
begin
    if category_parent_fault.parent_id is null then
        return null;
    end if;

    with recursive ancestors as (
        select categories.id, categories.parent_id
        from public.categories
        where categories.id = category_parent_fault.parent_id

        union

        select categories.id, categories.parent_id
        from public.categories
        inner join ancestors on categories.id = ancestors.parent_id
    )

    select array_agg(ancestors.id)
    into above
    from ancestors;

    if above is null then
        return '["unknown", {"reason": "is not a category"}]'::jsonb;
    end if;
    if category_parent_fault.category_id = any(above) then
        return '["unavailable", {"reason": "would put the category below itself"}]'::jsonb;
    end if;

    with recursive branch as (
        select category_parent_fault.category_id as id, 1 as level

        union

        select categories.id, branch.level + 1
        from public.categories
        inner join branch on categories.parent_id = branch.id
        where branch.level <= max_depth
    )

    select max(branch.level)
    into levels_below
    from branch;

    if cardinality(above) + levels_below > max_depth then
        return jsonb_build_array(
            'too_many',
            max_depth,
            jsonb_build_object('reason', format('would make the tree deeper than %s levels', max_depth))
        );
    end if;
    return null;
end;
$$;
