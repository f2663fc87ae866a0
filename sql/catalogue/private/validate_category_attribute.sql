create function private.validate_category_attribute()
    returns trigger
    set search_path = ''
    language plpgsql
    as $$
begin
    perform private.raise_invalid(jsonb_strip_nulls(jsonb_build_object(
        'key', case
            when new.key is null then 'is required'
            when new.key !~ '^[a-z][a-z0-9_]{0,49}$' then 'must be lower-case letters, digits and _, a letter first'
        end,
        'label', private.text_fault(new.label, 100, required => true),
        'type', case
            when new.type is null then 'is required'
            when new.type not in ('text', 'number', 'boolean', 'enum') then 'must be text, number, boolean or enum'
        end,
        'unit', private.text_fault(new.unit, 20),
        'allowed_values', case
            when new.type = 'enum' and coalesce(cardinality(new.allowed_values), 0) = 0 then 'is required for an enum'
            when new.type in ('number', 'boolean') and cardinality(new.allowed_values) > 0 then 'is only for text and enum'
            when exists (
                select
                from unnest(new.allowed_values) as allowed (value)
                where private.text_fault(coalesce(allowed.value, ''), 100, required => true) is not null
            ) then 'must hold plain texts of at most 100 characters'
        end
    )));
    return new;
end;
$$;
