-- Products that visitors don't see, whichever the reason: withdrawn, inactive, in a hidden category, or variants of such. A table
-- that triggers keep; what pages read of it is in the rows of variants and pictures, because a look-up for each is a tenth of a
-- page's time.
create table private.hidden_products (
    product_id uuid primary key references public.products on delete cascade
);
comment on table private.hidden_products is 'Products that are not on show.';

-- Looks at these products again, and at their variants; the variants and pictures of those that come or go follow.
create function private.refresh_hidden_products(product_ids uuid[])
    returns void
    set search_path = ''
    language plpgsql
    as $$
declare
    changed_ids uuid[];
begin
    with judged as (
        select
            products.id,
            not products.is_active
            or products.deleted_at is not null
            or coalesce(products.category_id = any(hidden.ids), false)
            or coalesce(
                not parents.is_active or parents.deleted_at is not null or parents.category_id = any(hidden.ids),
                false
            ) as is_hidden
        from public.products
        left join public.products as parents on parents.id = products.parent_id
        cross join private.hidden_category_list as hidden
        where products.id = any(refresh_hidden_products.product_ids)
            or products.parent_id = any(refresh_hidden_products.product_ids)
    ),

    shown as (
        delete from private.hidden_products
        using judged
        where hidden_products.product_id = judged.id and not judged.is_hidden
        returning hidden_products.product_id
    ),

    hidden as (
        insert into private.hidden_products (product_id)
        select judged.id
        from judged
        where judged.is_hidden
        on conflict (product_id) do nothing
        returning hidden_products.product_id
    )

    select array_agg(changed.product_id)
    into changed_ids
    from (
        select shown.product_id
        from shown
        union all
        select hidden.product_id
        from hidden
    ) as changed;

    update public.products
    set is_parent_on_show = not exists (
        select
        from private.hidden_products as hidden
        where hidden.product_id = products.parent_id
    )
    where products.parent_id = any(changed_ids);
    update public.product_images
    set is_on_show = not product_images.is_on_show
    where product_images.product_id = any(changed_ids);
end;
$$;
