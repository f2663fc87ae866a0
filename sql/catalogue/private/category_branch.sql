-- A category and all below it.
create function private.category_branch(category_id uuid)
    returns setof uuid
    stable
    rows 10
    set search_path = ''
    language plpgsql
    as $$
begin
    return query
    with recursive branch as (
        select categories.id
        from public.categories
        where categories.id = category_branch.category_id

        union

        select categories.id
        from public.categories
        inner join branch on categories.parent_id = branch.id
    )

    select branch.id
    from branch;
end;
$$;
