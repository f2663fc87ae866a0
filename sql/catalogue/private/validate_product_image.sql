-- Holds a picture against the rules. A product's first picture is its primary one; a new primary one takes the place of
-- the former.
create function private.validate_product_image()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new.url := private.trimmed(new.url);
    new.storage_path := private.trimmed(new.storage_path);
    new.alt := private.trimmed(new.alt);
    new.variants := coalesce(new.variants, '[]');
    new.is_on_show := not exists (select from private.hidden_products where hidden_products.product_id = new.product_id);
    perform private.raise_invalid(jsonb_build_object(
        'product_id', case when new.product_id is null then '["required"]'::jsonb end,
        'url', private.image_url_fault(new.url, required => true),
        'storage_path', private.storage_path_fault(new.storage_path),
        'alt', private.text_fault(new.alt, 300),
        'sort_order', private.integer_fault(new.sort_order, -2147483648, required => true),
        'is_primary', case when new.is_primary is null then '["required"]'::jsonb end,
        'width', private.integer_fault(new.width, 1, 100000),
        'height', private.integer_fault(new.height, 1, 100000)
    ) || private.image_variant_faults(new.variants));

    if tg_op = 'UPDATE' and (new.product_id, new.is_primary) is not distinct from (old.product_id, old.is_primary) then
        return new;
    end if;
    if new.is_primary then
        update public.product_images
        set is_primary = false
        where product_images.product_id = new.product_id
            and product_images.is_primary
            and product_images.id <> new.id;
    elsif tg_op = 'INSERT' or new.product_id <> old.product_id then
        new.is_primary := not exists (
            select
            from public.product_images
            where product_images.product_id = new.product_id and product_images.is_primary
        );
    end if;
    return new;
end;
$$;
