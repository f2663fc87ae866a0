-- What is wrong with a product's specifications in this category: {"specifications.<key>": reason}.
create function private.specification_faults(category_id uuid, specifications jsonb)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    faults jsonb;
begin
    if jsonb_typeof(specification_faults.specifications) is distinct from 'object' then
        return '{"specifications": "must be an object of key to value"}'::jsonb;
    end if;
    if octet_length(specification_faults.specifications::text) > 20000 then
        return '{"specifications": "is too large (at most 20000 bytes)"}'::jsonb;
    end if;

    with known as (
        select *
        from private.category_schema(specification_faults.category_id)
    ),

    checked as (
        select
            coalesce(known.key, given.key) as key,
            case
                when given.key is null then case when known.required then 'is required' end
                when known.key is null and exists (select from known) then 'is not an attribute of this category'
                when char_length(given.key) > 50 or not private.is_plain_text(given.key)
                    then 'must have a key of at most 50 plain characters'
                when jsonb_typeof(given.value) = 'string' and known.type in ('text', 'enum') is not false then coalesce(
                    private.text_fault(given.value #>> '{}', 500, required => known.required is true),
                    case
                        when known.type = 'enum' and given.value #>> '{}' <> all(known.allowed_values)
                            then 'must be one of: ' || array_to_string(known.allowed_values, ', ')
                    end
                )
                when known.type = 'enum' then 'must be one of: ' || array_to_string(known.allowed_values, ', ')
                when known.type = 'text' then 'must be a text'
                when known.type = 'number' and jsonb_typeof(given.value) <> 'number' then 'must be a number'
                when known.type = 'boolean' and jsonb_typeof(given.value) <> 'boolean' then 'must be true or false'
                when jsonb_typeof(given.value) in ('object', 'array') then 'must be a text, a number, true or false'
            end as reason
        from known
        full outer join jsonb_each(jsonb_strip_nulls(specification_faults.specifications)) as given on given.key = known.key
    )

    select jsonb_object_agg('specifications.' || checked.key, checked.reason)
    into faults
    from checked
    where checked.reason is not null;

    return coalesce(faults, '{}');
end;
$$;
