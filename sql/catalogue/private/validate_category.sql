create function private.validate_category()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(
        jsonb_strip_nulls(jsonb_build_object(
            'name', private.text_fault(new.name, 100, required => true),
            'slug', case
                when new.slug is null then 'is required'
                when new.slug !~ '^[a-z0-9]+(-[a-z0-9]+)*$' or char_length(new.slug) > 100
                    then 'must be lower-case letters, digits and single hyphens (at most 100)'
            end,
            'description', private.text_fault(new.description, 2000, multiline => true),
            'image_url', private.image_url_fault(new.image_url),
            'parent_id', case
                when tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id
                    then private.category_parent_fault(new.id, new.parent_id)
            end
        ))
        || private.translation_faults(new.translations, '{"name": 100, "description": 2000}')
    );
    return new;
end;
$$;
