-- What is wrong with a variant's options.
create function private.option_faults(product public.products)
    returns text
    stable
    set search_path = ''
    language sql
    as $$
    select case
        when (product).parent_id is null then case
            when (product).options is not null then 'is for variants only: set parent_id, or leave it out'
        end
        when jsonb_typeof((product).options) is distinct from 'object' or (product).options = '{}'
            then 'is required for a variant: {"size": "M"}'
        when (select count(*) from jsonb_object_keys((product).options)) > 5 then 'has more than five keys'
        when exists (
            select
            from jsonb_each((product).options) as option
            where jsonb_typeof(option.value) <> 'string'
                or private.text_fault(option.value #>> '{}', 100, required => true) is not null
                or private.text_fault(option.key, 50, required => true) is not null
        ) then 'must hold plain texts of at most 100 characters'
        when exists (
            select
            from public.products as siblings
            where siblings.parent_id = (product).parent_id
                and siblings.id <> (product).id
                and siblings.deleted_at is null
                and array(select jsonb_object_keys(siblings.options) order by 1)
                <> array(select jsonb_object_keys((product).options) order by 1)
        ) then 'must have the same keys as the other variants'
        when exists (
            select
            from public.products as siblings
            where siblings.parent_id = (product).parent_id
                and siblings.id <> (product).id
                and siblings.options = (product).options
        ) then 'is the same as another variant''s'
    end;
$$;

-- All faults of a product in one answer. A variant first takes from its parent what it leaves empty.
create function private.validate_product()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    parent public.products;
    parent_fault text;
    currency text := private.setting_text('store.currency');
begin
    if new.parent_id is not null then
        -- New siblings and new options wait for each other, so that each sees the others' options.
        if tg_op = 'INSERT' or (new.parent_id, new.options) is distinct from (old.parent_id, old.options) then
            perform products.id
            from public.products
            where products.id = new.parent_id
            for no key update;
        end if;

        select *
        into parent
        from public.products
        where products.id = new.parent_id;

        parent_fault := case
            when parent.id is null then 'is no product'
            when new.parent_id = new.id then 'is the product itself'
            when parent.parent_id is not null then 'is a variant itself'
            when private.has_variants(new.id) then 'cannot be set: the product has variants of its own'
        end;
        new.category_id := parent.category_id;
        new.name := coalesce(nullif(btrim(new.name), ''), parent.name);
        new.brand := coalesce(nullif(btrim(new.brand), ''), parent.brand);
        new.short_description := coalesce(nullif(btrim(new.short_description), ''), parent.short_description);
        new.description := coalesce(nullif(btrim(new.description), ''), parent.description);
        new.translations := coalesce(nullif(new.translations, '{}'), parent.translations, '{}');
        if jsonb_typeof(new.specifications) = 'object' then
            new.specifications := coalesce(parent.specifications, '{}') || new.specifications;
        end if;
    end if;

    perform private.raise_invalid(
        private.specification_faults(new.category_id, new.specifications)
        || private.translation_faults(
            new.translations,
            '{"name": 255, "short_description": 500, "description": 20000, "meta_title": 255, "meta_description": 1000}'
        )
        || jsonb_strip_nulls(jsonb_build_object(
            'parent_id', parent_fault,
            'options', private.option_faults(new),
            'sku', case
                when new.sku is null then 'is required'
                when new.sku !~ '^[A-Za-z0-9][A-Za-z0-9._/-]{0,49}$' then 'must be 1 to 50 letters, digits, ., _, / or -'
            end,
            'slug', case
                when new.slug is null then 'is required'
                when new.slug !~ '^[a-z0-9]+(-[a-z0-9]+)*$' then 'must be lower-case letters and digits with single hyphens between'
                when char_length(new.slug) > 255 then 'is too long (at most 255 characters)'
            end,
            'name', private.text_fault(new.name, 255, required => true),
            'short_description', private.text_fault(new.short_description, 500, multiline => true),
            'description', private.text_fault(new.description, 20000, multiline => true),
            'brand', private.text_fault(new.brand, 100),
            'meta_title', private.text_fault(new.meta_title, 255),
            'meta_description', private.text_fault(new.meta_description, 1000, multiline => true),
            'price', case when new.price is null then 'is required' when new.price <= 0 then 'must be above 0' end,
            'compare_at_price', case when new.compare_at_price < new.price then 'must not be below price' end,
            'currency', case when new.currency is distinct from currency then 'must be the store''s: ' || currency end,
            'tax_rate', case
                when new.tax_rate is null then 'is required'
                when new.tax_rate not between 0 and 100 then 'must be 0 to 100 per cent'
            end,
            'weight', case when new.weight < 0 then 'must not be negative' end
        ))
    );
    return new;
end;
$$;

-- What variants took from their parent follows it.
create function private.pass_on_to_variants()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.products
    set category_id = new.category_id,
        name = case when products.name = old.name then new.name else products.name end,
        brand = case when products.brand is not distinct from old.brand then new.brand else products.brand end,
        short_description = case
            when products.short_description is not distinct from old.short_description then new.short_description
            else products.short_description
        end,
        description = case
            when products.description is not distinct from old.description then new.description
            else products.description
        end,
        translations = case when products.translations = old.translations then new.translations else products.translations end
    where products.parent_id = new.id;
    return null;
end;
$$;
