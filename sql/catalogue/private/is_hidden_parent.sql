-- Whether a product hides its variants, where these categories are hidden. A function, because a policy on products can't
-- read products. It costs more than it says, but is asked of variants only, of which a page has few: at its real price the
-- planner would take any list for so dear that it compiles the query, which takes longer than the list.
create function private.is_hidden_parent(product_id uuid, hidden_categories uuid[])
    returns boolean
    stable
    cost 5
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select
        from public.products
        where products.id = is_hidden_parent.product_id
            and (
                not products.is_active
                or products.deleted_at is not null
                or products.category_id = any(hidden_categories)
            )
    );
end;
$$;
grant execute on function private.is_hidden_parent to anon, authenticated, service_role;
