-- Fills in what a variant leaves to its product, then holds the row against every rule and reports all faults at once.
create function private.validate_product()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    parent public.products;
    faults jsonb;
    is_new constant boolean := tg_op = 'INSERT';
begin
    new.currency := coalesce(new.currency, private.setting_text('store.currency'));
    new.translations := coalesce(new.translations, '{}');
    new.specifications := coalesce(new.specifications, '{}');
    if jsonb_typeof(new.specifications) = 'object' then
        new.specifications := jsonb_strip_nulls(new.specifications);
    end if;

    if new.parent_id is not null then
        if is_new
            or new.parent_id is distinct from old.parent_id
            or new.options is distinct from old.options
            or new.is_active is distinct from old.is_active
            or new.deleted_at is distinct from old.deleted_at
        then
            -- Variants of a product change one at a time.
            perform
            from public.products
            where products.id = new.parent_id
            for no key update;
        end if;

        select *
        into parent
        from public.products
        where products.id = new.parent_id;

        new.category_id := coalesce(new.category_id, parent.category_id);
        new.name := coalesce(nullif(btrim(new.name), ''), parent.name);
        new.short_description := coalesce(nullif(btrim(new.short_description), ''), parent.short_description);
        new.description := coalesce(nullif(btrim(new.description), ''), parent.description);
        new.brand := coalesce(nullif(btrim(new.brand), ''), parent.brand);
        new.meta_title := coalesce(nullif(btrim(new.meta_title), ''), parent.meta_title);
        new.meta_description := coalesce(nullif(btrim(new.meta_description), ''), parent.meta_description);
        new.weight := coalesce(new.weight, parent.weight);
        if new.translations = '{}' then
            new.translations := coalesce(parent.translations, '{}');
        end if;
        if jsonb_typeof(new.specifications) = 'object' then
            new.specifications := coalesce(parent.specifications, '{}') || new.specifications;
        end if;
    end if;

    faults := jsonb_strip_nulls(jsonb_build_object(
        'sku', case
            when new.sku is null then 'is required'
            when new.sku !~ '^[A-Za-z0-9]([A-Za-z0-9._/-]{0,48}[A-Za-z0-9])?$'
                then 'must be 1 to 50 letters, digits and . _ / - between them'
        end,
        'name', private.text_fault(new.name, 200, required => true),
        'slug', case
            when new.slug is null then 'is required'
            when new.slug !~ '^[a-z0-9]+(-[a-z0-9]+)*$' or char_length(new.slug) > 200
                then 'must be lower-case letters, digits and single hyphens (at most 200)'
        end,
        'short_description', private.text_fault(new.short_description, 500, multiline => true),
        'description', private.text_fault(new.description, 20000, multiline => true),
        'brand', private.text_fault(new.brand, 100),
        'meta_title', private.text_fault(new.meta_title, 200),
        'meta_description', private.text_fault(new.meta_description, 500),
        'price', case
            when new.price is null then 'is required'
            when not (new.price > 0 and new.price < 100000000) then 'must be above 0 and below 100000000'
        end,
        'compare_at_price', case when new.compare_at_price <= new.price then 'must be above price, or null' end,
        'currency', case
            when (is_new or new.currency is distinct from old.currency)
                and new.currency <> private.setting_text('store.currency')
                then 'must be the store''s currency, ' || private.setting_text('store.currency')
        end,
        'tax_rate', case
            when new.tax_rate is null then 'is required'
            when not new.tax_rate between 0 and 100 then 'must be 0 to 100 per cent'
        end,
        'weight', case when not new.weight >= 0 then 'must not be negative' end,
        'category_id', case
            when (is_new or new.category_id is distinct from old.category_id)
                and new.category_id is not null
                and not exists (select from public.categories where categories.id = new.category_id)
                then 'is not a category'
        end,
        'is_featured', case when new.is_featured is null then 'is required' end,
        'is_active', case when new.is_active is null then 'is required' end
    ));

    if is_new or new.translations is distinct from old.translations then
        faults := faults || private.translation_faults(
            new.translations,
            '{"name": 200, "short_description": 500, "description": 20000, "meta_title": 200, "meta_description": 500}'
        );
    end if;
    -- Definitions may have changed since: a new price must not fail for an attribute that came later.
    if is_new
        or new.specifications is distinct from old.specifications
        or new.category_id is distinct from old.category_id
    then
        faults := faults || private.specification_faults(new.category_id, new.specifications);
    end if;
    if is_new
        or new.parent_id is distinct from old.parent_id
        or new.options is distinct from old.options
        or new.is_active is distinct from old.is_active
        or new.deleted_at is distinct from old.deleted_at
    then
        faults := faults || private.option_faults(new);
    end if;

    perform private.raise_invalid(faults);
    return new;
end;
$$;
