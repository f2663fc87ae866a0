-- Holds a picture against the rules; a new primary one takes the place of the former.
create function private.validate_product_image()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'product_id', case when new.product_id is null then 'is required' end,
        'url', private.image_url_fault(new.url, required => true),
        'storage_path', private.storage_path_fault(new.storage_path),
        'alt', private.text_fault(new.alt, 300),
        'width', case when not new.width between 1 and 100000 then 'must be 1 to 100000 pixels' end,
        'height', case when not new.height between 1 and 100000 then 'must be 1 to 100000 pixels' end,
        'variants', private.image_variants_fault(new.variants)
    )));

    if new.is_primary and (tg_op = 'INSERT' or not old.is_primary or new.product_id <> old.product_id) then
        perform
        from public.products
        where products.id = new.product_id
        for no key update;

        update public.product_images
        set is_primary = false
        where product_images.product_id = new.product_id
            and product_images.is_primary
            and product_images.id <> new.id;
    end if;
    return new;
end;
$$;
