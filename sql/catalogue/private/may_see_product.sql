-- Whether the caller sees a product, for functions that run with more rights and take any row a caller makes up.
create function private.may_see_product(product_id uuid)
    returns boolean
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return exists (
        select
        from private.products_on_show as shown
        where shown.id = may_see_product.product_id
    ) or private.is_service() or private.is_admin();
end;
$$;
