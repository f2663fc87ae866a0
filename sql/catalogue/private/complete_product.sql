-- A product as it is kept: what a variant leaves open comes from its product, texts have no blanks around them, the
-- currency is the store's, and numbers have the decimals of their columns.
create function private.complete_product(product public.products)
    returns public.products
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    parent public.products;
begin
    product.currency := coalesce(product.currency, private.setting_text('store.currency'));
    product.price := private.with_scale(product.price, 2);
    product.compare_at_price := private.with_scale(product.compare_at_price, 2);
    product.tax_rate := private.with_scale(product.tax_rate, 2);
    product.weight := private.with_scale(product.weight, 3);
    product.sku := private.trimmed(product.sku);
    product.slug := private.trimmed(product.slug);
    product.name := private.trimmed(product.name);
    product.short_description := private.trimmed(product.short_description);
    -- Blanks at the beginning of a line say something in Markdown.
    product.description := case when not private.is_blank(product.description) then product.description end;
    product.brand := private.trimmed(product.brand);
    product.meta_title := private.trimmed(product.meta_title);
    product.meta_description := private.trimmed(product.meta_description);
    product.translations := coalesce(product.translations, '{}');
    product.specifications := coalesce(product.specifications, '{}');
    if jsonb_typeof(product.specifications) = 'object' then
        product.specifications := jsonb_strip_nulls(product.specifications);
    end if;

    if product.parent_id is null then
        return product;
    end if;
    select *
    into parent
    from public.products
    where products.id = product.parent_id;

    product.category_id := coalesce(product.category_id, parent.category_id);
    product.name := coalesce(product.name, parent.name);
    product.short_description := coalesce(product.short_description, parent.short_description);
    product.description := coalesce(product.description, parent.description);
    product.brand := coalesce(product.brand, parent.brand);
    product.meta_title := coalesce(product.meta_title, parent.meta_title);
    product.meta_description := coalesce(product.meta_description, parent.meta_description);
    product.weight := coalesce(product.weight, parent.weight);
    if product.translations = '{}' then
        product.translations := coalesce(parent.translations, '{}');
    end if;
    if jsonb_typeof(product.specifications) = 'object' then
        product.specifications := coalesce(parent.specifications, '{}') || product.specifications;
    end if;
    return product;
end;
$$;
