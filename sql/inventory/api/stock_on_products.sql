-- Computed fields of `products`. A parent is bought as one of its variants, so it has what they have.
create function private.stock_on_sale(product_id uuid)
    returns integer
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    if not private.may_see_product(stock_on_sale.product_id) then
        return null;
    end if;

    return coalesce(
        (
            select coalesce(sum(private.available_stock(variants.id)) filter (where variants.is_active), 0)::integer
            from public.products as variants
            where variants.parent_id = stock_on_sale.product_id and variants.deleted_at is null
            having count(*) > 0
        ),
        private.available_stock(stock_on_sale.product_id),
        0
    );
end;
$$;
grant execute on function private.stock_on_sale to anon, authenticated, service_role;

create function public.available_stock(product public.products)
    returns integer
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.stock_on_sale(product.id);
end;
$$;
comment on function public.available_stock is
    'Computed field of products (select=*,available_stock): units on sale now. A product with variants has the sum of theirs. Null for a product that the caller does not see.';
grant execute on function public.available_stock to anon, authenticated, service_role;

create function public.in_stock(product public.products)
    returns boolean
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return private.stock_on_sale(product.id) > 0;
end;
$$;
comment on function public.in_stock is
    'Computed field of products (select=*,in_stock): whether at least one unit, of the product or of a variant, is on sale now. Null for a product that the caller does not see.';
grant execute on function public.in_stock to anon, authenticated, service_role;
