create function private.validate_category_attribute()
    returns trigger
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'category_id', case when new.category_id is null then 'is required' end,
        'key', case
            when new.key is null then 'is required'
            when new.key !~ '^[a-z][a-z0-9_]{0,49}$' then 'must begin with a lower-case letter; then come letters, digits and _ (at most 50)'
        end,
        'label', private.text_fault(new.label, 100, required => true),
        'type', case
            when new.type is null then 'is required'
            when new.type not in ('text', 'number', 'boolean', 'enum') then 'must be text, number, boolean or enum'
        end,
        'unit', private.text_fault(new.unit, 20),
        'allowed_values', case
            when new.type <> 'enum' and new.allowed_values is not null then 'only an enum has allowed values'
            when new.type <> 'enum' then null
            when coalesce(cardinality(new.allowed_values), 0) = 0 then 'an enum needs at least one allowed value'
            when cardinality(new.allowed_values) > 500 then 'has too many entries (at most 500)'
            else (
                select coalesce(
                    max(private.text_fault(coalesce(allowed, ''), 100, required => true)),
                    case when count(*) <> count(distinct allowed) then 'holds a value twice' end
                )
                from unnest(new.allowed_values) as allowed
            )
        end
    )));
    return new;
end;
$$;
