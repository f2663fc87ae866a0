-- The children of a category as nested JSON; `counts` is category id to listed products.
create function private.category_branch(parent_id uuid, counts jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    branch jsonb := '[]';
    category public.categories;
    children jsonb;
begin
    for category in
        select *
        from public.categories
        where categories.parent_id is not distinct from category_branch.parent_id and categories.is_active
        order by categories.sort_order, categories.name, categories.id
    loop
        children := private.category_branch(category.id, category_branch.counts);
        branch := branch || jsonb_build_object(
            'id', category.id,
            'slug', category.slug,
            'name', coalesce(category.translations -> private.request_language() ->> 'name', category.name),
            'description', coalesce(category.translations -> private.request_language() ->> 'description', category.description),
            'image_url', category.image_url,
            'product_count', coalesce((category_branch.counts ->> category.id::text)::bigint, 0) + coalesce((
                select sum((child ->> 'product_count')::bigint)
                from jsonb_array_elements(children) as child
            ), 0),
            'children', children
        );
    end loop;
    return branch;
end;
$$;

create function private.category_tree()
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    counts jsonb;
begin
    select coalesce(jsonb_object_agg(counted.category_id, counted.count), '{}')
    into counts
    from (
        select products.category_id, count(*) as count
        from public.products
        where products.is_active
            and products.deleted_at is null
            and products.parent_id is null
            and products.category_id is not null
        group by products.category_id
    ) as counted;
    return private.category_branch(null, counts);
end;
$$;
grant execute on function private.category_tree to anon, authenticated, service_role;
