-- The attributes of a category: its own and those of the categories above it, the nearest of a key.
create function private.attributes_of(category_id uuid)
    returns setof public.category_attributes
    stable
    set search_path = ''
    language sql
    as $$
    select distinct on (category_attributes.key) category_attributes.*
    from private.category_and_above(attributes_of.category_id) as line
    inner join public.category_attributes on category_attributes.category_id = line.id
    order by category_attributes.key, line.distance;
$$;

-- What is wrong with a product's specifications, each key behind `specifications.`; {} when nothing is.
create function private.specification_faults(category_id uuid, specifications jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    if jsonb_typeof(specification_faults.specifications) is distinct from 'object' then
        return '{"specifications": "must be an object of key to value"}';
    end if;

    return coalesce((
        with attributes as materialized (
            select *
            from private.attributes_of(specification_faults.category_id)
        )

        select jsonb_object_agg('specifications.' || fault.key, fault.reason)
        from (
            select
                left(given.key, 50) as key,
                case
                    when given.key !~ '^[a-z][a-z0-9_]{0,49}$' then 'keys are lower-case letters, digits and _'
                    when attributes.key is null and exists (select from attributes) then 'is not an attribute of the category'
                    when jsonb_typeof(given.value) in ('object', 'array', 'null') then 'must be a text, a number or a boolean'
                    when attributes.type = 'number' and jsonb_typeof(given.value) <> 'number' then 'must be a number'
                    when attributes.type = 'boolean' and jsonb_typeof(given.value) <> 'boolean' then 'must be true or false'
                    when attributes.type in ('text', 'enum') and jsonb_typeof(given.value) <> 'string' then 'must be a text'
                    when cardinality(attributes.allowed_values) > 0
                        and not given.value #>> '{}' = any(attributes.allowed_values)
                        then 'must be one of ' || array_to_string(attributes.allowed_values, ', ')
                    else private.text_fault(given.value #>> '{}', 500)
                end as reason
            from jsonb_each(specification_faults.specifications) as given
            left join attributes on attributes.key = given.key
            union all
            select attributes.key, 'is required'
            from attributes
            where attributes.required and not specification_faults.specifications ? attributes.key
        ) as fault
        where fault.reason is not null
    ), '{}'::jsonb);
end;
$$;
