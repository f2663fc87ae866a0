create function private.related_products(product_id uuid, max_results integer)
    returns setof public.products
    stable
    security definer
    rows 8
    set search_path = ''
    language plpgsql
    as $$
#variable_conflict use_column
declare
    subject public.products;
begin
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case when related_products.product_id is null then '["required"]'::jsonb end,
        'max_results', case
            when related_products.max_results < 1 then '["below", 1]'::jsonb
            when related_products.max_results > 100 then '["above", 100]'
        end
    ));

    select products.*
    into subject
    from private.products_on_show as shown
    inner join public.products on products.id = coalesce(shown.parent_id, shown.id)
    where shown.id = related_products.product_id;

    if subject.id is null then
        return;
    end if;

    -- A bounded choice from each source, so that a category of any size costs the same.
    return query
    with candidates as (
        (
            select same.id, 4 as score
            from private.products_on_show as same
            where same.category_id = subject.category_id and same.parent_id is null
            order by same.created_at desc
            limit 300
        )

        union all

        (
            select same.id, 3
            from private.search_entries as like_named
            inner join private.products_on_show as same on same.id = like_named.product_id
            where like_named.normal_brand = left(private.normalise(subject.brand), 200)
                and like_named.parent_id is null
                and like_named.is_on_sale
            limit 100
        )

        union all

        (
            select near.id, 1
            from private.products_on_show as near
            where near.parent_id is null
                and near.category_id in (
                    select siblings.id
                    from public.categories as own
                    inner join public.categories as siblings on siblings.parent_id = own.parent_id or siblings.id = own.parent_id
                    where own.id = subject.category_id
                )
            limit 100
        )
    ),

    scored as (
        select candidates.id, sum(candidates.score) as score
        from candidates
        where candidates.id <> subject.id
        group by candidates.id
    )

    select products.*
    from scored
    inner join public.products on products.id = scored.id
    order by
        scored.score
            + (
                select count(*)
                from jsonb_each(subject.specifications) as specification
                where products.specifications -> specification.key = specification.value
            ) * 0.5
            -- The nearer in price, the more alike.
            + least(products.price, subject.price) / greatest(products.price, subject.price) desc,
        products.created_at desc,
        products.id
    limit coalesce(related_products.max_results, 8);
end;
$$;
grant execute on function private.related_products to anon, authenticated, service_role;
