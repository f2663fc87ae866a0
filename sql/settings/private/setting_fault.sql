-- What is wrong with a value for this setting; null when nothing is.
create function private.setting_fault(key text, value jsonb)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    json_type text := coalesce(jsonb_typeof(setting_fault.value), 'null');
    definition private.setting_definitions;
    fault text;
begin
    select *
    into definition
    from private.setting_definitions
    where setting_definitions.key = setting_fault.key;

    if not found then
        return 'is not a setting';
    end if;
    if json_type = 'null' then
        return case when not definition.is_nullable then 'is required' end;
    end if;
    if json_type <> definition.json_type then
        return case definition.json_type
            when 'array' then 'must be an array of strings'
            else 'must be a ' || definition.json_type
        end;
    end if;

    if json_type = 'number' then
        fault := case
            when (setting_fault.value)::numeric not between definition.minimum and definition.maximum
                then format('must be %s to %s', definition.minimum, definition.maximum)
            when definition.kind = 'integer' and scale(trim_scale((setting_fault.value)::numeric)) > 0
                then 'must be a whole number'
            when scale(trim_scale((setting_fault.value)::numeric)) > 2 then 'must have at most 2 decimals'
        end;
    elsif json_type = 'string' then
        fault := coalesce(
            private.setting_text_fault(definition.kind, setting_fault.value #>> '{}', definition.maximum::integer),
            private.currency_change_fault(setting_fault.key, setting_fault.value #>> '{}')
        );
    elsif json_type = 'array' then
        fault := case
            when jsonb_array_length(setting_fault.value) not between definition.minimum and definition.maximum
                then format('must have %s to %s entries', definition.minimum, definition.maximum)
            else private.setting_entries_fault(definition.kind, setting_fault.value)
        end;
    end if;
    return fault;
end;
$$;
