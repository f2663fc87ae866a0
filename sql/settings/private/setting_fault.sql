-- What is wrong with a value for this setting; null when nothing is.
create function private.setting_fault(key text, value jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    json_type constant text := coalesce(jsonb_typeof(setting_fault.value), 'null');
    definition private.setting_definitions;
    fault jsonb;
begin
    select *
    into definition
    from private.setting_definitions
    where setting_definitions.key = setting_fault.key;

    if not found then
        return '["unknown", {"reason": "is not a setting"}]'::jsonb;
    end if;
    if json_type = 'null' then
        return case when not definition.is_nullable then '["required"]'::jsonb end;
    end if;
    if json_type <> definition.json_type then
        return case definition.json_type
            when 'array' then '["not_array", {"reason": "must be an array of strings"}]'::jsonb
            when 'number' then '["not_number"]'
            when 'boolean' then '["not_boolean"]'
            when 'object' then '["not_object", {"reason": "must be an object of label to string"}]'
            else '["pattern", "text", {"reason": "must be a string"}]'
        end;
    end if;

    if json_type = 'number' then
        fault := case
            when (setting_fault.value)::numeric < definition.minimum then jsonb_build_array('below', definition.minimum)
            when (setting_fault.value)::numeric > definition.maximum then jsonb_build_array('above', definition.maximum)
            when definition.kind = 'integer' and scale(trim_scale((setting_fault.value)::numeric)) > 0 then '["not_integer"]'
            when scale(trim_scale((setting_fault.value)::numeric)) > 2 then '["decimals", 2]'
        end;
    elsif json_type = 'string' then
        fault := coalesce(
            private.setting_text_fault(definition.kind, setting_fault.value #>> '{}', definition.maximum::integer),
            private.currency_change_fault(setting_fault.key, setting_fault.value #>> '{}')
        );
    elsif json_type = 'array' then
        fault := case
            when jsonb_array_length(setting_fault.value) < definition.minimum then '["required"]'::jsonb
            when jsonb_array_length(setting_fault.value) > definition.maximum then jsonb_build_array('too_many', definition.maximum)
            else private.setting_entries_fault(definition.kind, setting_fault.value)
        end;
    elsif json_type = 'object' then
        fault := case
            when (select count(*) from jsonb_object_keys(setting_fault.value)) > definition.maximum
                then jsonb_build_array('too_many', definition.maximum)
            else private.setting_labels_fault(setting_fault.value)
        end;
    end if;
    return fault;
end;
$$;
