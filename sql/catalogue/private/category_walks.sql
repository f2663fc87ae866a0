-- The categories that an inactive one hides: itself and all below it. Few, so policies ask once per statement.
create function private.hidden_category_ids()
    returns setof uuid
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    with recursive hidden as (
        select categories.id
        from public.categories
        where not categories.is_active
        union
        select categories.id
        from public.categories
        inner join hidden on categories.parent_id = hidden.id
    )

    select hidden.id
    from hidden;
$$;
grant execute on function private.hidden_category_ids to anon, authenticated, service_role;

create function private.category_and_below(category_id uuid)
    returns setof uuid
    stable
    set search_path = ''
    language sql
    as $$
    with recursive branch as (
        select category_and_below.category_id as id
        union
        select categories.id
        from public.categories
        inner join branch on categories.parent_id = branch.id
    )

    select branch.id
    from branch;
$$;

-- A category and those above it, the nearest first.
create function private.category_and_above(category_id uuid)
    returns table (id uuid, distance integer)
    stable
    set search_path = ''
    language sql
    as $$
    with recursive line as (
        select categories.id, categories.parent_id, 0 as distance
        from public.categories
        where categories.id = category_and_above.category_id
        union all
        select categories.id, categories.parent_id, line.distance + 1
        from public.categories
        inner join line on categories.id = line.parent_id
        where line.distance < 100
    )

    select line.id, line.distance
    from line;
$$;
