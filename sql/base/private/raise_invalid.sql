-- A fault in words, for people: see private.fault_codes.
create function private.fault_reason(fault jsonb)
    returns text
    stable
    security definer
    set search_path = ''
    language plpgsql
    as $$
begin
    return coalesce(
        fault_reason.fault -> -1 ->> 'reason',
        (
            select replace(
                fault_codes.reason,
                '%s',
                coalesce(
                    (
                        select string_agg(parameter.value, ', ' order by parameter.position)
                        from jsonb_array_elements_text(fault_reason.fault - 0) with ordinality as parameter (value, position)
                    ),
                    ''
                )
            )
            from private.fault_codes
            where fault_codes.code = fault_reason.fault ->> 0
        )
    );
end;
$$;
grant execute on function private.fault_reason to anon, authenticated, service_role;

-- The same fault, in a sentence of its own: %s stands for the words it has.
create function private.fault_with_reason(fault jsonb, sentence text)
    returns jsonb
    stable
    set search_path = ''
    language plpgsql
    as $$
begin
    return case
        when jsonb_typeof(fault_with_reason.fault -> -1) = 'object' then fault_with_reason.fault - (-1)
        else fault_with_reason.fault
    end
        || jsonb_build_object('reason', replace(fault_with_reason.sentence, '%s', private.fault_reason(fault_with_reason.fault)));
end;
$$;
grant execute on function private.fault_with_reason to anon, authenticated, service_role;

-- Fails with invalid_input where there are faults, {field: fault}; fields without one may be null. details has them in
-- words, hint as codes and parameters.
create function private.raise_invalid(faults jsonb)
    returns void
    stable
    set search_path = ''
    language plpgsql
    as $$
declare
    found_faults constant jsonb := jsonb_strip_nulls(raise_invalid.faults);
begin
    if found_faults is null or found_faults = '{}' then
        return;
    end if;

    perform private.raise_error(
        'invalid_input',
        details => (
            select jsonb_object_agg(fault.key, private.fault_reason(fault.value))
            from jsonb_each(found_faults) as fault
        ),
        hint => (
            select jsonb_object_agg(
                fault.key,
                case when jsonb_typeof(fault.value -> -1) = 'object' then fault.value - (-1) else fault.value end
            )
            from jsonb_each(found_faults) as fault
        )::text
    );
end;
$$;
grant execute on function private.raise_invalid to anon, authenticated, service_role;
