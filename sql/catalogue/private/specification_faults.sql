-- What is wrong with a product's specifications in this category: {"specifications.<key>": fault}.
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
        return '{"specifications": ["not_object"]}'::jsonb;
    end if;
    if octet_length(specification_faults.specifications::text) > 20000 then
        return '{"specifications": ["too_long", 20000, {"reason": "is too large (at most 20000 bytes)"}]}'::jsonb;
    end if;

    with known as (
        select *
        from private.category_schema(specification_faults.category_id)
    ),

    checked as (
        select
            coalesce(known.key, given.key) as key,
            case
                when given.key is null then case when known.required then '["required"]'::jsonb end
                when known.key is null and exists (select from known)
                    then '["unknown_key", {"reason": "is not an attribute of this category"}]'
                when private.text_fault(given.key, 50, required => true) is not null then private.fault_with_reason(
                    private.text_fault(given.key, 50, required => true), 'must have a key of 1 to 50 plain characters'
                )
                when jsonb_typeof(given.value) = 'string' and known.type in ('text', 'enum') is not false then coalesce(
                    private.text_fault(given.value #>> '{}', 500, required => known.required is true),
                    case
                        when known.type = 'enum' and given.value #>> '{}' <> all(known.allowed_values)
                            then '["one_of"]'::jsonb || to_jsonb(known.allowed_values)
                    end
                )
                when known.type = 'enum' then '["one_of"]'::jsonb || to_jsonb(known.allowed_values)
                when known.type = 'text' then '["pattern", "text", {"reason": "must be a text"}]'
                when known.type = 'number' and jsonb_typeof(given.value) <> 'number' then '["not_number"]'
                when known.type = 'boolean' and jsonb_typeof(given.value) <> 'boolean' then '["not_boolean"]'
                when jsonb_typeof(given.value) in ('object', 'array')
                    then '["pattern", "text", {"reason": "must be a text, a number, true or false"}]'
            end as fault
        from known
        full outer join jsonb_each(jsonb_strip_nulls(specification_faults.specifications)) as given on given.key = known.key
    )

    select jsonb_object_agg('specifications.' || checked.key, checked.fault)
    into faults
    from checked
    where checked.fault is not null;

    return coalesce(faults, '{}');
end;
$$;
