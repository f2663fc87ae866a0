create function private.validate_category()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new.name := private.trimmed(new.name);
    new.slug := private.trimmed(new.slug);
    new.description := private.trimmed(new.description);
    new.image_url := private.trimmed(new.image_url);
    new.translations := coalesce(new.translations, '{}');
    perform private.raise_invalid(
        jsonb_build_object(
            'name', private.text_fault(new.name, 100, required => true),
            'slug', private.slug_fault(new.slug, 100),
            'description', private.text_fault(new.description, 2000, multiline => true),
            'image_url', private.image_url_fault(new.image_url),
            'sort_order', private.integer_fault(new.sort_order, -2147483648, required => true),
            'is_active', case when new.is_active is null then '["required"]'::jsonb end,
            'parent_id', case
                when tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id
                    then private.category_parent_fault(new.id, new.parent_id)
            end
        )
        || private.translation_faults(new.translations, '{"name": 100, "description": 2000}')
    );
    return new;
end;
$$;
