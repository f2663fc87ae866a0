create function private.validate_category()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
declare
    faults jsonb;
begin
    faults := private.translation_faults(new.translations, '{"name": 100, "description": 5000}')
        || jsonb_strip_nulls(jsonb_build_object(
            'name', private.text_fault(new.name, 100, required => true),
            'slug', case
                when new.slug is null then 'is required'
                when new.slug !~ '^[a-z0-9]+(-[a-z0-9]+)*$' then 'must be lower-case letters and digits with single hyphens between'
                when char_length(new.slug) > 100 then 'is too long (at most 100 characters)'
            end,
            'description', private.text_fault(new.description, 5000, multiline => true),
            'image_url', case when new.image_url !~ '^https?://\S+$' then 'must be an http or https address' end
        ));

    if new.parent_id is not null and (tg_op = 'INSERT' or new.parent_id is distinct from old.parent_id) then
        -- Moves wait for each other: two at once could close a circle that neither sees.
        perform pg_advisory_xact_lock(hashtextextended('category tree', 0));
        if exists (select from private.category_and_above(new.parent_id) as line where line.id = new.id) then
            faults := faults || '{"parent_id": "is the category itself or below it"}';
        elsif (select max(line.distance) from private.category_and_above(new.parent_id) as line) >= 9 then
            faults := faults || '{"parent_id": "is too deep: ten levels at most"}';
        end if;
    end if;

    perform private.raise_invalid(faults);
    return new;
end;
$$;
