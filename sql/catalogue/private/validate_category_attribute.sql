create function private.validate_category_attribute()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    new.label := private.trimmed(new.label);
    new.unit := private.trimmed(new.unit);

    perform private.raise_invalid(jsonb_build_object(
        'category_id', case
            when new.category_id is null then '["required"]'::jsonb
            when not exists (select from public.categories where categories.id = new.category_id)
                then '["unknown", {"reason": "is not a category"}]'
        end,
        'key', case
            when new.key is null or new.key = '' then '["required"]'::jsonb
            when char_length(new.key) > 50 then '["too_long", 50]'
            when new.key !~ '^[a-z][a-z0-9_]*$'
                then '["pattern", "screen_size", {"reason": "must begin with a lower-case letter; then come letters, digits and _"}]'
        end,
        'label', private.text_fault(new.label, 100, required => true),
        'type', case
            when new.type is null then '["required"]'::jsonb
            when new.type not in ('text', 'number', 'boolean', 'enum') then '["one_of", "text", "number", "boolean", "enum"]'
        end,
        'unit', private.text_fault(new.unit, 20),
        'required', case when new.required is null then '["required"]'::jsonb end,
        'filterable', case when new.filterable is null then '["required"]'::jsonb end,
        'allowed_values', case
            when new.type <> 'enum' and new.allowed_values is not null
                then '["unavailable", {"reason": "only an enum has allowed values"}]'::jsonb
            when new.type <> 'enum' then null
            when coalesce(cardinality(new.allowed_values), 0) = 0
                then '["required", {"reason": "an enum needs at least one allowed value"}]'
            when cardinality(new.allowed_values) > 500 then '["too_many", 500]'
            else (
                select coalesce(
                    (array_agg(checked.fault) filter (where checked.fault is not null))[1],
                    case
                        when count(*) > count(distinct checked.value) then '["duplicate", {"reason": "holds a value twice"}]'::jsonb
                    end
                )
                from (
                    select allowed.value, private.text_fault(coalesce(allowed.value, ''), 100, required => true) as fault
                    from unnest(new.allowed_values) as allowed (value)
                ) as checked
            )
        end
    ));
    return new;
end;
$$;
