create function private.category_tree()
    returns jsonb
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.category_nodes(
        null,
        (
            select coalesce(jsonb_object_agg(counted.category_id, counted.products), '{}')
            from (
                select products.category_id, count(*) as products
                from public.products
                where products.parent_id is null
                    and products.is_active
                    and products.deleted_at is null
                    and products.category_id is not null
                group by products.category_id
            ) as counted
        )
    );
end;
$$;
grant execute on function private.category_tree to anon, authenticated, service_role;
