-- Variants that say what their product said go on saying what it says.
create function private.pass_on_to_variants()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    update public.products as variants
    set category_id = case
            when variants.category_id is not distinct from old.category_id then new.category_id
            else variants.category_id
        end,
        name = case when variants.name = old.name then new.name else variants.name end,
        short_description = case
            when variants.short_description is not distinct from old.short_description then new.short_description
            else variants.short_description
        end,
        description = case
            when variants.description is not distinct from old.description then new.description
            else variants.description
        end,
        brand = case when variants.brand is not distinct from old.brand then new.brand else variants.brand end,
        meta_title = case when variants.meta_title is not distinct from old.meta_title then new.meta_title else variants.meta_title end,
        meta_description = case
            when variants.meta_description is not distinct from old.meta_description then new.meta_description
            else variants.meta_description
        end,
        weight = case when variants.weight is not distinct from old.weight then new.weight else variants.weight end,
        translations = case when variants.translations = old.translations then new.translations else variants.translations end,
        specifications = new.specifications || coalesce(
            (
                select jsonb_object_agg(own.key, own.value)
                from jsonb_each(variants.specifications) as own
                where old.specifications -> own.key is distinct from own.value
            ),
            '{}'
        )
    where variants.parent_id = new.id;
    return null;
end;
$$;
