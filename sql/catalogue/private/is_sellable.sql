-- Who may be shown and sold what. The policies in access.sql say the same in terms the planner can use.

create function private.is_visible(product public.products)
    returns boolean
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select (product).is_active
        and (product).deleted_at is null
        and not coalesce((product).category_id in (select private.hidden_category_ids()), false)
        and ((product).parent_id is null or exists (
            select
            from public.products as parents
            where parents.id = (product).parent_id and parents.is_active and parents.deleted_at is null
        ));
$$;

create function private.is_visible_parent(parent_id uuid)
    returns boolean
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select products.is_active and products.deleted_at is null
    from public.products
    where products.id = is_visible_parent.parent_id;
$$;
grant execute on function private.is_visible_parent to anon, authenticated, service_role;

create function private.has_variants(product_id uuid)
    returns boolean
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select exists (
        select
        from public.products as variants
        where variants.parent_id = has_variants.product_id and variants.deleted_at is null
    );
$$;

create function private.is_sellable(product public.products)
    returns boolean
    stable
    security definer
    set search_path = ''
    language sql
    as $$
    select private.is_visible(product) and not private.has_variants((product).id);
$$;
