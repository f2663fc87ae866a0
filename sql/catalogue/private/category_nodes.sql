-- The children of a category (null: the roots) as category_tree has them. `own_counts` are {category id: products}.
create function private.category_nodes(parent_id uuid, own_counts jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    nodes jsonb := '[]'::jsonb;
    category public.categories;
    children jsonb;
begin
    for category in
        select *
        from public.categories
        where categories.parent_id is not distinct from category_nodes.parent_id and categories.is_active
        order by categories.sort_order, categories.name, categories.id
    loop
        children := private.category_nodes(category.id, category_nodes.own_counts);
        nodes := nodes || jsonb_build_object(
            'id', category.id,
            'slug', category.slug,
            'name', private.localise(category.translations, 'name', category.name),
            'description', private.localise(category.translations, 'description', category.description),
            'image_url', category.image_url,
            'product_count', coalesce((category_nodes.own_counts ->> category.id::text)::bigint, 0) + (
                select coalesce(sum((child ->> 'product_count')::bigint), 0)
                from jsonb_array_elements(children) as child
            ),
            'children', children
        );
    end loop;
    return nodes;
end;
$$;
