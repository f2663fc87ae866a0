-- What is wrong with a value for this setting; null when nothing is.
create function private.setting_fault(key text, value jsonb)
    returns text
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
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
    if coalesce(jsonb_typeof(setting_fault.value), 'null') = 'null' then
        return case when not definition.is_nullable then 'is required' end;
    end if;
    if jsonb_typeof(setting_fault.value) <> definition.json_type then
        return format(
            'must be %s %s',
            case when definition.json_type = 'array' then 'an' else 'a' end,
            case when definition.json_type = 'array' then 'array of strings' else definition.json_type end
        );
    end if;

    case definition.json_type
        when 'boolean' then
            return null;
        when 'number' then
            return case
                when (setting_fault.value)::numeric not between definition.minimum and definition.maximum
                    then format('must be %s to %s', definition.minimum, definition.maximum)
                when definition.kind = 'integer' and scale(trim_scale((setting_fault.value)::numeric)) > 0
                    then 'must be a whole number'
                when scale(trim_scale((setting_fault.value)::numeric)) > 2 then 'must have at most 2 decimals'
            end;
        when 'string' then
            if setting_fault.key = 'store.currency' and exists (
                select
                from public.orders
                where orders.currency <> setting_fault.value #>> '{}'
            ) then
                return 'cannot change once there are orders';
            end if;
            return private.setting_text_fault(definition.kind, setting_fault.value #>> '{}', definition.maximum::integer);
        when 'array' then
            if jsonb_array_length(setting_fault.value) not between definition.minimum and definition.maximum then
                return format('must have %s to %s entries', definition.minimum, definition.maximum);
            end if;
            select case
                when jsonb_typeof(entry.value) <> 'string' then 'must be an array of strings'
                else format(
                    'holds %s, which %s',
                    left(entry.value::text, 50),
                    private.setting_text_fault(definition.kind, entry.value #>> '{}', null)
                )
            end
            into fault
            from jsonb_array_elements(setting_fault.value) with ordinality as entry (value, place)
            where jsonb_typeof(entry.value) <> 'string'
                or private.setting_text_fault(definition.kind, entry.value #>> '{}', null) is not null
            order by entry.place
            limit 1;

            if fault is null and (
                select count(*) <> count(distinct entry.value)
                from jsonb_array_elements(setting_fault.value) as entry (value)
            ) then
                fault := 'holds an entry twice';
            end if;
            return fault;
    end case;
end;
$$;
