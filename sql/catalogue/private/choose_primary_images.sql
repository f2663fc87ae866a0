-- Where a product's primary picture is gone, or no longer primary, the next one is.
create function private.choose_primary_images()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.product_images
    set is_primary = true
    from (
        select distinct on (images.product_id) images.id
        from public.product_images as images
        where images.product_id in (select former.product_id from former where former.is_primary)
            and not exists (
                select
                from public.product_images as others
                where others.product_id = images.product_id and others.is_primary
            )
        order by images.product_id, images.sort_order, images.created_at, images.id
    ) as next
    where product_images.id = next.id;
    return null;
end;
$$;
