-- Others from the product's category and those right around it, the nearest in kind and price first.
create function private.related_products(product_id uuid, max_results integer)
    returns setof public.products
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    base public.products;
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'product_id', case when related_products.product_id is null then 'is required' end,
        'max_results', case
            when related_products.max_results is null or not related_products.max_results between 1 and 100 then 'must be 1 to 100'
        end
    )));

    select *
    into base
    from public.products
    where products.id = related_products.product_id;
    if base.id is null or not private.is_visible(base) then
        perform private.raise_error('not_found', 'There is no such product.');
    end if;

    return query execute format(
        $sql$
            select product.*
            from public.products as product
            where %1$s
                and product.id <> all(%2$L::uuid[])
                and product.category_id = any(%3$L::uuid[])
            order by
                product.category_id = %4$L::uuid desc,
                (product.brand is not distinct from %5$L) desc,
                product.is_featured desc,
                abs(product.price - %6$L::numeric),
                product.id
            limit %7$L
        $sql$,
        private.listed_condition(),
        array[base.id, base.parent_id],
        array(
            select private.category_and_below(coalesce(categories.parent_id, categories.id))
            from public.categories
            where categories.id = base.category_id
        ),
        base.category_id,
        base.brand,
        base.price,
        related_products.max_results
    );
end;
$$;
grant execute on function private.related_products to anon, authenticated, service_role;
