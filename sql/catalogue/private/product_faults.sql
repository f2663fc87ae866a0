-- What is wrong with a completed product (private.complete_product): {field: fault}. Of a product that exists, `before`,
-- what has changed is looked at: rules and definitions may have come since, and a new price must not fail for them.
create function private.product_faults(product public.products, before public.products default null)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    is_new constant boolean := before.id is null;
    faults jsonb := '{}'::jsonb;
begin
    if is_new or (product.sku, product.slug) is distinct from (before.sku, before.slug) then
        faults := private.owner_faults(product) || jsonb_strip_nulls(jsonb_build_object(
            'sku', private.sku_fault(product.sku),
            'slug', private.slug_fault(product.slug, 200)
        ));
    end if;

    if is_new
        or (product.name, product.brand, product.short_description, product.description) is distinct from
            (before.name, before.brand, before.short_description, before.description)
        or (product.meta_title, product.meta_description) is distinct from (before.meta_title, before.meta_description)
    then
        faults := faults || jsonb_build_object(
            'name', private.text_fault(product.name, 200, required => true),
            'short_description', private.text_fault(product.short_description, 500, multiline => true),
            'description', private.markdown_fault(product.description, 20000),
            'brand', private.text_fault(product.brand, 100),
            'meta_title', private.text_fault(product.meta_title, 200),
            'meta_description', private.text_fault(product.meta_description, 500)
        );
    end if;

    if is_new
        or (product.price, product.compare_at_price, product.tax_rate, product.weight)
            is distinct from (before.price, before.compare_at_price, before.tax_rate, before.weight)
    then
        faults := faults || jsonb_build_object(
            'price', private.amount_fault(product.price, private.smallest_amount(), required => true),
            'compare_at_price', coalesce(
                private.amount_fault(product.compare_at_price),
                case
                    when product.compare_at_price <= product.price
                        then '["order", "price", {"reason": "must be above price, or null"}]'::jsonb
                end
            ),
            'tax_rate', private.number_fault(product.tax_rate, 0, 100, 2, required => true),
            'weight', private.number_fault(product.weight, 0, 999999.999, 3)
        );
    end if;

    if is_new
        or (product.currency, product.category_id, product.is_featured, product.is_active)
            is distinct from (before.currency, before.category_id, before.is_featured, before.is_active)
    then
        faults := faults || jsonb_build_object(
            'currency', case
                when product.currency is distinct from before.currency and product.currency <> private.setting_text('store.currency')
                    then jsonb_build_array('one_of', private.setting_text('store.currency'))
            end,
            'category_id', case
                when product.category_id is distinct from before.category_id
                    and product.category_id is not null
                    and not exists (select from public.categories where categories.id = product.category_id)
                    then '["unknown", {"reason": "is not a category"}]'::jsonb
            end,
            'is_featured', case when product.is_featured is null then '["required"]'::jsonb end,
            'is_active', case when product.is_active is null then '["required"]'::jsonb end
        );
    end if;

    if is_new or product.translations is distinct from before.translations then
        faults := faults || private.translation_faults(
            product.translations,
            '{"name": 200, "short_description": 500, "description": 20000, "meta_title": 200, "meta_description": 500}',
            markdown => true
        );
    end if;
    if is_new or (product.specifications, product.category_id) is distinct from (before.specifications, before.category_id) then
        faults := faults || private.specification_faults(product.category_id, product.specifications);
    end if;
    if is_new
        or (product.parent_id, product.options, product.is_active, product.deleted_at)
            is distinct from (before.parent_id, before.options, before.is_active, before.deleted_at)
    then
        faults := faults || private.option_faults(product) || jsonb_build_object('deleted_at', private.date_fault(product.deleted_at));
    end if;

    return jsonb_strip_nulls(faults);
end;
$$;
