-- Computed fields of `products`. A parent is bought as one of its variants, so it has what they have.
create function private.stock_on_sale(product_id uuid)
    returns integer
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return (
        select case
            when exists (
                select from public.products as variants
                where variants.parent_id = stock_on_sale.product_id and variants.deleted_at is null
            ) then coalesce((
                select sum(private.available_stock(variants.id))::integer
                from public.products as variants
                where variants.parent_id = stock_on_sale.product_id
                    and variants.is_active
                    and variants.deleted_at is null
            ), 0)
            else coalesce(private.available_stock(stock_on_sale.product_id), 0)
        end
    );
end;
$$;
grant execute on function private.stock_on_sale to anon, authenticated, service_role;

create function public.available_stock(product public.products)
    returns integer
    stable
    set search_path = ''
    language sql
    as $$
    select private.stock_on_sale(product.id);
$$;
comment on function public.available_stock is
    'Computed field of products (select=*,available_stock): units on sale now. A product with variants has the sum of theirs.';
grant execute on function public.available_stock to anon, authenticated, service_role;

create function public.in_stock(product public.products)
    returns boolean
    stable
    set search_path = ''
    language sql
    as $$
    select private.stock_on_sale(product.id) > 0;
$$;
comment on function public.in_stock is
    'Computed field of products (select=*,in_stock): whether at least one unit, of the product or of a variant, is on sale now.';
grant execute on function public.in_stock to anon, authenticated, service_role;
